"""Filters on articles, as masks over the paragraphs of each language.

Language, source and date are columns of numbers; a filter is a few comparisons of columns. Masks of
recent filters are kept: pages, refreshes and saved searches ask for the same ones again and again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import numpy as np

from indexer.snapshot.content.article import Published
from indexer.snapshot.content.columns import NO_TIMESTAMP, Columns
from indexer.snapshot.index.multilingual_index import Masks
from indexer.snapshot.index.vector_index import Mask, Rows

_KEPT = 64


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must be; empty fields leave all through.

    `languages` are those of the paragraph, all else is its article's. `languages` and `sources` are
    alternatives. Dates hold inclusively, a bare day as the whole day; with either set, articles
    without a date are left out.
    """

    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    published_from: Published | None = None
    published_to: Published | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What passes a filter: `masks` by language (only languages with any), and how many paragraphs."""

    masks: Masks
    n_paragraphs: int

    @classmethod
    def of(cls, masks: Masks) -> "Allowed":
        """Return what some masks let through."""
        counts = {language: int(np.count_nonzero(mask)) for language, mask in masks.items()}
        return cls({language: masks[language] for language, n in counts.items() if n}, sum(counts.values()))

    def among(self, others: Masks) -> "Allowed":
        """Return what passes here and in `others`."""
        return Allowed.of({language: mask & others[language] for language, mask in self.masks.items()})


class FilterMasks:
    """Turns filters into masks; safe to use from several threads at once."""

    def __init__(self, columns: Columns, rows: Mapping[str, Rows], hidden: Mask | None = None) -> None:
        """Take the columns of a corpus and the paragraph rows of each language.

        Articles marked True in `hidden`, shape (n_articles,), pass no filter, not even an empty one.
        """
        self._columns = columns
        self._hidden = hidden
        self._articles = {language: columns.article_of_paragraph[own] for language, own in rows.items()}
        self._kept = lru_cache(_KEPT)(self._compute)

    def allowed(self, filters: Filters) -> Allowed | None:
        """Return what passes `filters`, or None where everything does."""
        return None if filters == Filters() and self._hidden is None else self._kept(filters)

    def everything(self) -> Allowed | None:
        """Return what may be found without any filter, or None where that is everything."""
        return self.allowed(Filters())

    def among(self, filters: Filters, masks: Masks) -> Allowed:
        """Return what passes `filters` and is marked in `masks`, one for each language."""
        return self._kept(filters).among(masks)

    def articles(self, filters: Filters, rows: Rows) -> Mask:
        """Return which of some articles, given by row, pass `filters`, shape (n,); by their own language."""
        passing = self._passing(filters, rows)
        if filters.languages:
            columns = self._columns
            passing &= np.isin(columns.language[rows], _codes(columns.languages, filters.languages))
        return passing

    def _compute(self, filters: Filters) -> Allowed:
        articles = self._passing(filters, slice(None))
        return Allowed.of(
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
            articles &= np.isin(columns.source[rows], _codes(columns.sources, filters.sources))
        if filters.published_from is not None or filters.published_to is not None:
            articles &= timestamp != NO_TIMESTAMP
        if filters.published_from is not None:
            articles &= timestamp >= filters.published_from.timestamp
        if filters.published_to is not None:
            articles &= timestamp < _end(filters.published_to)
        return articles


def _end(published: Published) -> int:
    """Return the first Unix second after a moment, or after a whole day."""
    return published.timestamp + (int(timedelta(days=1).total_seconds()) if published.is_day else 1)


def _codes(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    return [code for code, name in enumerate(names) if name in wanted]
