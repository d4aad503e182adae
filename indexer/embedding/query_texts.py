"""Query-like texts, from which query centres and score calibration are estimated.

Two kinds: the corpus's own headlines, which speak of what it speaks of, and a small built-in bank
of questions and keyword queries in English and Arabic, which are phrased as people ask. A centre
is the mean of both kinds' means: headlines alone cost points, as they are no questions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeVar

from indexer.snapshot.text.normalisation import for_encoder

PER_LANGUAGE = 400
"""Headlines taken for each language; the error of a mean of so many vectors is below 5 % of its length."""

BANK_LANGUAGES = ("ar", "en")

_HEADLINE_WORDS = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline, its language and the row of its article."""

    language: str
    text: str
    article_row: int


def headlines(openings: Iterable[tuple[str, str | None, str]], per_language: int = PER_LANGUAGE) -> list[Headline]:
    """Return up to `per_language` headlines of each language, spread evenly over the corpus.

    `openings` are language, title and first paragraph of every article, by row. An article
    without a title counts with the first words of its text.
    """
    by_language: dict[str, list[Headline]] = {}
    for row, (language, title, opening) in enumerate(openings):
        text = for_encoder(title or "") or " ".join(for_encoder(opening).split()[:_HEADLINE_WORDS])
        if text:
            by_language.setdefault(language, []).append(Headline(language, text, row))
    return [headline for _, some in sorted(by_language.items()) for headline in spread(some, per_language)]


@cache
def query_bank(language: str) -> tuple[str, ...]:
    """Return the built-in queries of a language; none for languages without a bank."""
    if language not in BANK_LANGUAGES:
        return ()
    return tuple(files("indexer.embedding").joinpath("query_bank", f"{language}.txt").read_text("utf-8").splitlines())


def spread(items: Sequence[T], n: int) -> list[T]:
    """Return `n` of `items` at even distances, in their order, or all where there are fewer."""
    if len(items) <= n:
        return list(items)
    return [items[place * len(items) // n] for place in range(n)]
