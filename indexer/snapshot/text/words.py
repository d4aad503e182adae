"""The words of a text, folded so that spellings of one word are equal."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from indexer.snapshot.text.normalisation import DISPLAY_MARKS, OPTIONAL_ARABIC, for_encoder

_COMMON_SUBSTITUTES = str.maketrans("ٱةى", "اهي")
_ACCENT_CHARS = "\u0300-\u036f\u0653-\u0655"
"""Accents of Latin letters; madda and hamza of alef, waw and yeh."""

_ACCENTS = re.compile(f"[{_ACCENT_CHARS}]")
_NO_WORD = re.compile(r"[^\w]+")

# Signs that folding takes away stand inside words, and must not divide them.
RAW_WORD = re.compile(rf"[\w{DISPLAY_MARKS}{OPTIONAL_ARABIC}{_ACCENT_CHARS}]+")
"""A word as it is written: as many characters as possible, all of one class."""


# Nearly all words are of these letters, for which the general rule would give the same and takes ten times as long.
_PLAIN_ARABIC = re.compile("[ \u0621-\u063a\u0641-\u064a]+")
_PLAIN_ARABIC_FOLDED = str.maketrans("آأإٱؤئةى", "اااا" + "وي" + "هي")


class Word(NamedTuple):
    """A folded word, and where it stands in its text: from code point `start` to before `end`."""

    folded: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text; a sign that stands for several words gives each of them with its own place."""
    for match in RAW_WORD.finditer(text):
        for folded in folded_words(match[0]):
            yield Word(folded, match.start(), match.end())


def raw_words(text: str) -> list[str]:
    """Return the words of a text as they are written: `folded_words` of each are the words of the text."""
    return RAW_WORD.findall(text)


def folded_words(text: str) -> list[str]:
    """Return the words of a text in the form in which spellings of one word are equal.

    Latin: without capitals and accents. Arabic: without hamza and madda of alef, waw and yeh, heh for teh marbuta, yeh
    for alef maksura. Everything that `for_encoder` folds is folded: presentation forms, tatweel, vowels, digits.
    """
    if text.isascii() and text.isalnum():
        return [text.lower()]
    if _PLAIN_ARABIC.fullmatch(text):
        return text.translate(_PLAIN_ARABIC_FOLDED).split()
    folded = for_encoder(text)
    if folded.isascii():
        return _NO_WORD.sub(" ", folded.lower()).split()
    decomposed = unicodedata.normalize("NFKD", folded.casefold())
    letters = _ACCENTS.sub("", decomposed).translate(_COMMON_SUBSTITUTES)
    return _NO_WORD.sub(" ", letters).split()
