"""Query-like texts, from which query centres and score calibration are estimated.

There are two kinds: the headlines of the corpus, which have its subjects, and a small built-in bank
of questions and keyword queries in English and Arabic, which have the phrasing of queries. A centre
is the mean of the means of both kinds: with headlines alone, which are no questions, search finds less.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.text.normalisation import for_encoder
from indexer.snapshot.text.query_length import QueryLength, query_length

HEADLINES_PER_LANGUAGE = 400
"""With so many headlines the error of their mean vector is below 5 % of its length."""

BANK_LANGUAGES = ("ar", "en")

_HEADLINE_WORDS = 16
_SENTENCE_WORDS = 24
"""Sentences of news have some twenty words."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline, its language and the row of its article."""

    language: str
    text: str
    article_row: int


def headlines(
    openings: Iterable[tuple[str, str | None, str]], per_language: int = HEADLINES_PER_LANGUAGE
) -> list[Headline]:
    """Return up to `per_language` headlines of each language, evenly spaced over the corpus.

    `openings` are language, title and first paragraph of every article, by row. For an article
    without a title, the headline is the first words of its text.
    """
    by_language: dict[str, list[Headline]] = {}
    for row, (language, title, opening) in enumerate(openings):
        text = for_encoder(title or "") or " ".join(for_encoder(opening).split()[:_HEADLINE_WORDS])
        if text:
            by_language.setdefault(language, []).append(Headline(language, text, row))
    return [
        headline for language in sorted(by_language) for headline in evenly_spaced(by_language[language], per_language)
    ]


def opening_sentences(
    openings: Iterable[tuple[str, str | None, str]], per_language: int = HEADLINES_PER_LANGUAGE
) -> dict[str, list[str]]:
    """Return the first words of up to `per_language` articles of each language, as long as a sentence is.

    `openings` are as for `headlines`. Articles whose first paragraph is no longer than a phrase are left out.
    """
    by_language: dict[str, list[str]] = {}
    for language, _title, opening in openings:
        text = " ".join(for_encoder(opening).split()[:_SENTENCE_WORDS])
        if query_length(text) is QueryLength.SENTENCE:
            by_language.setdefault(language, []).append(text)
    return {language: evenly_spaced(by_language[language], per_language) for language in sorted(by_language)}


@cache
def query_bank(language: str) -> tuple[str, ...]:
    """Return the built-in queries of a language: an empty tuple for languages other than Arabic and English."""
    if language not in BANK_LANGUAGES:
        return ()
    return _built_in("query_bank", language)


@cache
def short_query_bank(language: str) -> tuple[str, ...]:
    """Return the built-in short queries of a language of the bank: things that news is hardly ever about."""
    return _built_in("short_query_bank", language)


def _built_in(folder: str, language: str) -> tuple[str, ...]:
    return tuple(files("indexer.embedding").joinpath(folder, f"{language}.txt").read_text("utf-8").splitlines())
