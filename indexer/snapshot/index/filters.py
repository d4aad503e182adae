"""Filters on articles, as masks over the paragraphs of each language.

Language, source and date are columns of numbers; a filter is a few comparisons of columns. The masks of
recent filters are cached: pages, refreshes and saved searches use the same filters again and again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import numpy as np

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.content.columns import NO_TIMESTAMP, Columns
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.text.normalisation import folded_name

_CACHED_FILTERS = 64


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on a hit; an empty field restricts nothing.

    `languages` is about the paragraph, every other field about its article. A hit has one of the `languages` and one of
    the `sources`, whose capitals and spaces do not matter. Both dates are inclusive; a day without a time is the whole
    day. With either date, an article without a date does not pass.
    """

    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    published_from: PublicationTime | None = None
    published_to: PublicationTime | None = None


@dataclass(frozen=True, slots=True)
class PassingParagraphs:
    """The paragraphs that pass a filter: `masks` of the languages that have any, and the number of paragraphs."""

    masks: LanguageMasks
    n_paragraphs: int

    @classmethod
    def of_masks(cls, masks: LanguageMasks) -> "PassingParagraphs":
        """Return the paragraphs that some masks mark."""
        counts = {language: int(np.count_nonzero(mask)) for language, mask in masks.items()}
        return cls({language: masks[language] for language, n in counts.items() if n}, sum(counts.values()))


class FilterMasks:
    """Turns filters into masks; several threads may use it at once."""

    def __init__(self, columns: Columns, rows: Mapping[str, Rows], hidden: Mask | None = None) -> None:
        """Take the columns of a corpus and the paragraph rows of each language.

        Articles marked True in `hidden`, shape (n_articles,), pass no filter, not even an empty one.
        """
        self._columns = columns
        self._sources = list(map(folded_name, columns.sources))
        self._hidden = hidden
        self._articles = {name: columns.article_of_paragraph[name_rows] for name, name_rows in rows.items()}
        self._cached = lru_cache(_CACHED_FILTERS)(self._compute)

    def passing(self, filters: Filters, among: LanguageMasks | None = None) -> PassingParagraphs | None:
        """Return the paragraphs that pass `filters` and are marked in `among`; None where all paragraphs are."""
        if among is None:
            return None if filters == Filters() and self._hidden is None else self._cached(filters)
        masks = self._cached(filters).masks
        return PassingParagraphs.of_masks({language: mask & among[language] for language, mask in masks.items()})

    def unknown_values(self, filters: Filters) -> tuple[str, ...]:
        """Return one sentence for each language and source of a filter that does not occur in the corpus."""
        languages = [name for name in filters.languages if name not in self._articles]
        sources = [name for name in filters.sources if folded_name(name) not in self._sources]
        return (
            *(f"language: no paragraph is in {name!r}" for name in languages),
            *(f"source: no article has {name!r}" for name in sources),
        )

    def passing_articles(self, filters: Filters, rows: Rows) -> Mask:
        """Return which of the articles at `rows` pass `filters`, shape (n,); the language is the article's own."""
        passing = self._passing(filters, rows)
        if filters.languages:
            columns = self._columns
            passing &= np.isin(columns.language[rows], _codes(columns.languages, filters.languages))
        return passing

    def _compute(self, filters: Filters) -> PassingParagraphs:
        articles = self._passing(filters, slice(None))
        return PassingParagraphs.of_masks(
            {
                language: articles[of_paragraph]
                for language, of_paragraph in self._articles.items()
                if not filters.languages or language in filters.languages
            }
        )

    def _passing(self, filters: Filters, rows: Rows | slice) -> Mask:
        """Return which of the articles at `rows` pass all but the language filter, shape (n,)."""
        columns = self._columns
        timestamp = columns.timestamp[rows]
        articles = np.ones(len(timestamp), dtype=np.bool_) if self._hidden is None else ~self._hidden[rows]
        if filters.sources:
            articles &= np.isin(columns.source[rows], _codes(self._sources, set(map(folded_name, filters.sources))))
        if filters.published_from is not None or filters.published_to is not None:
            articles &= timestamp != NO_TIMESTAMP
        if filters.published_from is not None:
            articles &= timestamp >= filters.published_from.timestamp
        if filters.published_to is not None:
            articles &= timestamp < end_of(filters.published_to)
        return articles


def end_of(published: PublicationTime) -> int:
    """Return the first Unix second after a moment, or after a whole day."""
    return published.timestamp + (int(timedelta(days=1).total_seconds()) if published.is_day else 1)


def _codes(names: Sequence[str], selected: Collection[str]) -> list[int]:
    return [code for code, name in enumerate(names) if name in selected]
