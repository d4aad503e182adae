"""Spelling variants of a query, as people type them. The variant of a text has the meaning of the text.

Arabic: hamza left out or put on another seat ("أردوغان", "اردوغان"), teh marbuta typed as heh ("مدرسة", "مدرسه"),
alef maksura typed as yeh and the reverse ("مصطفى", "مصطفي"), with and without the article ("نفط", "النفط").
Latin: lower case, upper case, capitals at the beginning of words. Both: a letter dropped, doubled, or swapped with the
next one, and words run together.
"""

import random
from collections.abc import Callable

from indexer.snapshot.text.normalisation import for_query_encoder

_ARTICLE = "ال"
_MIN_WORD_LETTERS = 4
"""Shorter words are not recognisable with a letter missing."""

_BARE_ALEF = str.maketrans("أإآٱ", "اااا")
_BARE_HAMZA = str.maketrans("أإآٱؤئ", "ااااوي")
_HEH_FOR_TEH_MARBUTA = str.maketrans("ة", "ه")
_YEH_FOR_ALEF_MAKSURA = str.maketrans("ى", "ي")

Variant = Callable[[str, random.Random], str]


def spelling_variant(text: str, language: str, rng: random.Random) -> str:
    """Return a text in another spelling, or the text itself where the variant chosen does not change it."""
    variants = _ARABIC_VARIANTS if language == "ar" else _OTHER_VARIANTS
    return rng.choice(variants)(for_query_encoder(text), rng)


def with_article(text: str) -> str:
    """Return an Arabic text with the article before its first word, if that has none."""
    return text if text.startswith(_ARTICLE) else _ARTICLE + text


def capitalised(text: str) -> str:
    """Return a text with a capital at the beginning of each word; the other letters stay."""
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def _bare_alef(text: str, _rng: random.Random) -> str:
    return text.translate(_BARE_ALEF)


def _bare_hamza(text: str, _rng: random.Random) -> str:
    return text.translate(_BARE_HAMZA)


def _heh(text: str, _rng: random.Random) -> str:
    return text.translate(_BARE_ALEF).translate(_HEH_FOR_TEH_MARBUTA)


def _yeh(text: str, _rng: random.Random) -> str:
    return text.translate(_BARE_ALEF).translate(_YEH_FOR_ALEF_MAKSURA)


def _alef_maksura(text: str, _rng: random.Random) -> str:
    return " ".join(f"{word[:-1]}ى" if word.endswith("ي") else word for word in text.split(" "))


def _hamza_above(text: str, _rng: random.Random) -> str:
    return " ".join(f"أ{word[1:]}" if word[:1] in ("إ", "ا") and word[1:2] != "ل" else word for word in text.split(" "))


def _article(text: str, _rng: random.Random) -> str:
    words = text.split(" ")
    if len(words) > 2:
        return text
    bare = text.removeprefix(_ARTICLE)
    return bare if bare != text and len(bare) >= _MIN_WORD_LETTERS - 1 else with_article(text)


def _lower(text: str, _rng: random.Random) -> str:
    return text.lower()


def _upper(text: str, _rng: random.Random) -> str:
    return text.upper()


def _capitals(text: str, _rng: random.Random) -> str:
    return capitalised(text)


def _joined(text: str, _rng: random.Random) -> str:
    return text.replace("-", " ") if "-" in text else text.replace(" ", "-", 1)


def _in_one_word(change: Callable[[str, int], str]) -> Variant:
    """Return a variant that changes one of the longer words at a place after its first letter."""

    def vary(text: str, rng: random.Random) -> str:
        words = text.split(" ")
        places = [number for number, word in enumerate(words) if len(word) >= _MIN_WORD_LETTERS]
        if not places:
            return text
        number = rng.choice(places)
        words[number] = change(words[number], rng.randrange(1, len(words[number]) - 1))
        return " ".join(words)

    return vary


_dropped_letter = _in_one_word(lambda word, at: word[:at] + word[at + 1 :])
_doubled_letter = _in_one_word(lambda word, at: word[: at + 1] + word[at:])
_swapped_letters = _in_one_word(lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2 :])

_TYPING_ERRORS: tuple[Variant, ...] = (_dropped_letter, _dropped_letter, _doubled_letter, _swapped_letters)
_ARABIC_VARIANTS: tuple[Variant, ...] = (
    _bare_alef,
    _bare_alef,
    _bare_hamza,
    _heh,
    _yeh,
    _alef_maksura,
    _hamza_above,
    _article,
    *_TYPING_ERRORS,
)
_OTHER_VARIANTS: tuple[Variant, ...] = (*(_lower,) * 6, _upper, _capitals, _joined, *_TYPING_ERRORS)
