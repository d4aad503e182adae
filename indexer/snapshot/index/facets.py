"""How many articles have each value of a field, in the whole version or among some articles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from indexer.snapshot.content.columns import NO_TIMESTAMP, Columns
from indexer.snapshot.content.names import Codes, Names
from indexer.snapshot.index.vector_index import Mask, Rows

Counts = npt.NDArray[np.int64]
"""Numbers of articles, shape (n,)."""


class Facet(StrEnum):
    """A field whose values are counted: `language` is that of paragraphs; `day` and `month` are in UTC."""

    SOURCE = "source"
    LANGUAGE = "language"
    TAG = "tag"
    AUTHOR = "author"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a field, in its most frequent spelling, and how many articles have it."""

    value: str
    count: Annotated[int, Field(description="The number of articles.")]


@dataclass(frozen=True, slots=True)
class _WholeCounts:
    """The values of a field in a version: `counts` by code, and the `order` of the codes, greatest count first."""

    names: Names
    counts: Counts
    order: Codes


class FacetCounts:
    """Counts the values of fields; several threads may use it at once."""

    def __init__(self, columns: Columns, rows: Mapping[str, Rows], hidden: Mask | None = None) -> None:
        """Take the columns of a corpus and the paragraph rows of each language.

        Articles marked True in `hidden`, shape (n_articles,), do not count.
        """
        self._columns = columns
        self._rows = rows
        self._hidden = hidden
        self._cached = lru_cache(len(Facet))(self._of_all_articles)

    def of_version(self, facet: Facet, prefix: str = "", k: int | None = None) -> tuple[FacetValue, ...]:
        """Return the `k` values with the greatest counts, ties by value, of those that begin with `prefix`.

        Capitals, spaces and Arabic spellings of the prefix do not matter. Counts are cached.
        """
        whole = self._cached(facet)
        order = whole.order
        if prefix:
            begins = np.zeros(len(whole.counts), dtype=np.bool_)
            begins[whole.names.with_prefix(prefix)] = True
            order = order[begins[order]]
        best = order[:k]
        return _values([whole.names.shown[code] for code in best.tolist()], whole.counts[best])

    def among(self, facet: Facet, articles: Rows, k: int) -> tuple[FacetValue, ...]:
        """Return the `k` values with the greatest counts among different articles, ties by value.

        Not for the language, which is that of paragraphs.
        """
        values, counts = self._count(facet, articles)
        best = _best(counts)[:k]
        return _values(self._shown(facet, values[best]), counts[best])

    def _of_all_articles(self, facet: Facet) -> _WholeCounts:
        if facet is Facet.LANGUAGE:
            languages = sorted(self._rows)
            names, counts = Names.exactly(languages), np.array([self._n_articles_in(name) for name in languages])
        else:
            visible = slice(None) if self._hidden is None else np.flatnonzero(~self._hidden)
            values, n_articles = self._count(facet, visible)
            if facet in (Facet.DAY, Facet.MONTH):
                names, counts = Names.exactly(self._shown(facet, values)), n_articles
            else:
                names = self._names(facet)
                counts = np.zeros(len(names.shown), dtype=np.int64)
                counts[values] = n_articles
        order = _best(counts)
        return _WholeCounts(names, counts, order[counts[order] > 0].astype(np.int32))

    def _n_articles_in(self, language: str) -> int:
        """Return how many articles have a paragraph in a language."""
        articles = self._columns.article_of_paragraph[self._rows[language]]
        if self._hidden is not None:
            articles = articles[~self._hidden[articles]]
        return int(np.count_nonzero(np.diff(articles, prepend=-1)))  # rows of paragraphs are in the order of articles

    def _count(self, facet: Facet, articles: Rows | slice) -> tuple[npt.NDArray[np.generic], Counts]:
        """Return the values of some articles, as codes or as days or months, in order, and the count of each."""
        columns = self._columns
        if facet in (Facet.DAY, Facet.MONTH):
            seconds = columns.timestamp[articles]
            days = seconds[seconds != NO_TIMESTAMP].astype("datetime64[s]").astype("datetime64[D]")
            return np.unique(days if facet is Facet.DAY else days.astype("datetime64[M]"), return_counts=True)
        if facet is Facet.TAG:
            codes, _ = columns.tag.at(articles)
        else:
            codes = (columns.source if facet is Facet.SOURCE else columns.author)[articles]
        return np.unique(codes[codes >= 0], return_counts=True)

    def _shown(self, facet: Facet, values: npt.NDArray[np.generic]) -> list[str]:
        if facet in (Facet.DAY, Facet.MONTH):
            return [str(value) for value in values]
        shown = self._names(facet).shown
        return [shown[code] for code in values.tolist()]

    def _names(self, facet: Facet) -> Names:
        columns = self._columns
        return {Facet.SOURCE: columns.sources, Facet.TAG: columns.tags, Facet.AUTHOR: columns.authors}[facet]


def most_frequent(counts: Mapping[str, int], k: int) -> tuple[FacetValue, ...]:
    """Return the `k` values with the greatest counts above 0, ties by value."""
    best = sorted((item for item in counts.items() if item[1]), key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value, count) for value, count in best[:k])


def _best(counts: Counts) -> Rows:
    """Return the places of counts, greatest first, ties by place."""
    return np.argsort(-counts, kind="stable")


def _values(shown: Sequence[str], counts: Counts) -> tuple[FacetValue, ...]:
    return tuple(FacetValue(value, count) for value, count in zip(shown, counts.tolist(), strict=True))
