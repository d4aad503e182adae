"""The forms in which a word of a query may stand in a text.

A text is indexed as it is written, and a query looks for all forms of its words: so quoted phrases can be found as they
are written, and no rule has to be undone. The forms are those that hardly ever are another word:

- Arabic: the article, the conjunctions و and ف, and the prepositions ب, ك and ل, which are written together with the
  word that follows, one after the other (وبالعراق). A query's own article, and its و before a long word, are optional.
- Latin script: the singular and the plural in s, es or ies, by the rules of the S-stemmer (Harman 1991, "How effective
  is suffixing?").
"""

import re
from collections.abc import Iterator

Forms = tuple[str, ...]
"""A word in all its forms, folded, each once."""

_ARTICLE = "ال"
_CLITICS = tuple(
    conjunction + preposition
    for conjunction in ("", "و", "ف")
    for preposition in ("", _ARTICLE, "ب", "بال", "ك", "كال", "ل", "لل")
)
_WRITTEN_ARTICLES = ("وال", "فال", "بال", "كال", "لل", _ARTICLE)
_LEAST_REST = 3
"""Letters that are left of a word without its article: fewer are another word ("الم" is "pain")."""

_AND = "و"
_LEAST_AFTER_AND = 5
"""As many letters less one are words of their own: "زارة" is left of "وزارة", a ministry."""

_IS_ARABIC = re.compile("[\u0621-\u064a]+")
_IS_LATIN = re.compile("[a-z]{3,}")

_NO_PLURALS = frozenset({"news"})
_SIBILANTS = ("s", "x", "z", "ch", "sh")
_VOWEL_AND_Y = ("ay", "ey", "iy", "oy", "uy")


def word_forms(word: str) -> Forms:
    """Return the forms of a folded word (`words.folded_words`), the word itself first."""
    if _IS_ARABIC.fullmatch(word):
        return _with_clitics(word, *_arabic_stems(word))
    if _IS_LATIN.fullmatch(word):
        return tuple(dict.fromkeys((word, *_latin_forms(word))))
    return (word,)


def attached_forms(word: str) -> Forms:
    """Return a folded word and, if it is Arabic, the forms with what may be written together with it before it."""
    return _with_clitics(word) if _IS_ARABIC.fullmatch(word) else (word,)


def _with_clitics(*stems: str) -> Forms:
    return tuple(dict.fromkeys(clitics + stem for stem in stems for clitics in _CLITICS))


def _arabic_stems(word: str) -> list[str]:
    for written in _WRITTEN_ARTICLES:
        rest = word.removeprefix(written)
        if len(rest) < len(word) and len(rest) >= _LEAST_REST:
            # One of three lams is not written: "للجنة" is "for the committee" (لجنة) as well as "for the garden".
            return [rest, f"ل{rest}"] if written == "لل" else [rest]
    rest = word.removeprefix(_AND)
    return [rest] if len(rest) < len(word) and len(rest) >= _LEAST_AFTER_AND else []


def _latin_forms(word: str) -> Iterator[str]:
    for singular in _singulars(word) or (word,):
        yield singular
        if singular.endswith("y") and not singular.endswith(_VOWEL_AND_Y):
            yield f"{singular[:-1]}ies"
        else:
            yield f"{singular}es" if singular.endswith(_SIBILANTS) else f"{singular}s"


def _singulars(word: str) -> tuple[str, ...]:
    """Return what a word may be the plural of; "es" may be a plural of a word in e or of one without."""
    if word in _NO_PLURALS or not word.endswith("s") or word.endswith(("us", "ss", "is")):
        return ()
    if word.endswith("ies"):
        return (f"{word[:-3]}y",)
    if word.endswith("es") and word[:-2].endswith(_SIBILANTS):
        return word[:-1], word[:-2]
    return (word[:-1],)
