"""What a misspelt phrase may have been: the phrases that one typing error turns into it.

Two errors are looked for, which are the most frequent ones and leave a word that is hardly ever another word: a letter
that was left out, and two neighbouring letters that were swapped. A letter too many is not: taking one away makes
"election" of "elections" and many names of others.
"""

import re
from itertools import product

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويء"
"""The letters that folding leaves (`phrase_key.py`)."""

_IS_LATIN, _IS_ARABIC = (re.compile(f"[{letters}][{letters} ]*") for letters in (_LATIN, _ARABIC))

_LEAST_LATIN, _LEAST_ARABIC = 4, 3
"""Shorter phrases differ by one letter from too many others. Arabic words have no short vowels and no article here."""

_MOST_CHARS = 32
"""Longer phrases would take as long as the network; hardly any of three words are."""


def corrections(folded: str) -> list[str]:
    """Return the folded phrases of which a folded phrase may be a misspelling, in no useful order.

    Only phrases of Latin or of Arabic letters have any. In Latin script the first letter is taken for right. In Arabic
    it may be the one that is missing, because what was typed first was perhaps the article.
    """
    if len(folded) > _MOST_CHARS:
        return []
    if len(folded) >= _LEAST_LATIN and _IS_LATIN.fullmatch(folded):
        return _before_errors(folded, _LATIN, first_place=1)
    if len(folded) >= _LEAST_ARABIC and _IS_ARABIC.fullmatch(folded):
        return _before_errors(folded, _ARABIC, first_place=0)
    return []


def _before_errors(folded: str, alphabet: str, *, first_place: int) -> list[str]:
    length = len(folded)
    found = {folded[:at] + folded[at + 1] + folded[at] + folded[at + 2 :] for at in range(1, length - 1)}
    found.update(folded[:at] + letter + folded[at:] for at, letter in product(range(first_place, length + 1), alphabet))
    found.update(f"{folded[:at]} {folded[at:]}" for at in range(1, length))
    return [phrase for phrase in found if phrase != folded and phrase == " ".join(phrase.split())]
