"""Filters on articles, as masks over the paragraphs of each language.

Language, source, tags, author and date are columns of numbers; a filter is a few comparisons of columns. The masks of
recent filters are cached: pages, refreshes and saved searches use the same filters again and again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.content.columns import NO_TIMESTAMP, Columns
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.index.vector_index import Mask, Rows

_CACHED_FILTERS = 64

_MANY_UNDATED = 0.1
"""Share of articles without a date."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on a hit; an empty field restricts nothing.

    `languages` is about the paragraph, every other field about its article. A hit has one of the `languages`, one of
    the `sources`, one of the `tags` and one of the `authors`, and none of those that are excluded; names are compared
    as `folded_name` folds them. An article without a tag, source or author passes what excludes some. Both dates are
    inclusive; a day without a time is the whole day. With either date, an article without a date does not pass.
    """

    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    published_from: PublicationTime | None = None
    published_to: PublicationTime | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    excluded_sources: tuple[str, ...] = ()
    excluded_tags: tuple[str, ...] = ()
    excluded_authors: tuple[str, ...] = ()


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
        self._hidden = hidden
        shown = columns.timestamp if hidden is None else columns.timestamp[~hidden]
        dated = shown[shown != NO_TIMESTAMP]
        self._n_undated, self._n_shown = len(shown) - len(dated), len(shown)
        self._first_and_last = (int(dated.min()), int(dated.max())) if len(dated) else None
        self._articles = {name: columns.article_of_paragraph[name_rows] for name, name_rows in rows.items()}
        self._cached = lru_cache(_CACHED_FILTERS)(self._compute)

    def passing(self, filters: Filters, among: LanguageMasks | None = None) -> PassingParagraphs | None:
        """Return the paragraphs that pass `filters` and are marked in `among`; None where all paragraphs are."""
        if among is None:
            return None if filters == Filters() and self._hidden is None else self._cached(filters)
        masks = self._cached(filters).masks
        return PassingParagraphs.of_masks({language: mask & among[language] for language, mask in masks.items()})

    def warnings(self, filters: Filters) -> tuple[str, ...]:
        """Return one sentence for each value of a filter that does not occur in the corpus, and about its dates.

        That a filter of dates leaves out articles without one is said only where many have none.
        """
        return (*self._unknown_values(filters), *self._about_dates(filters))

    def about_undated(self, field: str, what_happens: str) -> Iterator[str]:
        """Yield what a field does to articles without a date, where many have none."""
        if self._n_undated > _MANY_UNDATED * self._n_shown:
            yield f"{field}: {self._n_undated:,} articles have no date, and {what_happens}"

    def _about_dates(self, filters: Filters) -> Iterator[str]:
        wanted_from, wanted_to = filters.published_from, filters.published_to
        if wanted_from is None and wanted_to is None:
            return
        field = "published_to" if wanted_from is None else "published_from"
        yield from self.about_undated(field, "are left out")
        if self._first_and_last is None:
            return
        first, last = self._first_and_last
        if wanted_from is not None and last < wanted_from.timestamp:
            yield f"published_from: the latest article is of {_day(last)}"
        if wanted_to is not None and first >= end_of(wanted_to):
            yield f"published_to: the earliest article is of {_day(first)}"

    def _unknown_values(self, filters: Filters) -> tuple[str, ...]:
        columns = self._columns
        fields = (
            ("source", columns.sources, filters.sources + filters.excluded_sources),
            ("tag", columns.tags, filters.tags + filters.excluded_tags),
            ("author", columns.authors, filters.authors + filters.excluded_authors),
        )
        return (
            *(f"language: no paragraph is in {name!r}" for name in filters.languages if name not in self._articles),
            *(
                f"{field}: no article has {name!r}"
                for field, known, names in fields
                for name in names
                if known.code(name) is None
            ),
        )

    def passing_articles(self, filters: Filters, rows: Rows) -> Mask:
        """Return which of the articles at `rows` pass `filters`, shape (n,); the language is the article's own."""
        passing = self._passing(filters, rows)
        if filters.languages:
            columns = self._columns
            codes = [code for code, name in enumerate(columns.languages) if name in filters.languages]
            passing &= np.isin(columns.language[rows], codes)
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
        timestamp = self._columns.timestamp[rows]
        articles = np.ones(len(timestamp), dtype=np.bool_) if self._hidden is None else ~self._hidden[rows]
        for included, excluded, has_any in (
            (filters.sources, filters.excluded_sources, self._has_source),
            (filters.tags, filters.excluded_tags, self._has_tag),
            (filters.authors, filters.excluded_authors, self._has_author),
        ):
            if included:
                articles &= has_any(included, rows)
            if excluded:
                articles &= ~has_any(excluded, rows)
        if filters.published_from is not None or filters.published_to is not None:
            articles &= timestamp != NO_TIMESTAMP
        if filters.published_from is not None:
            articles &= timestamp >= filters.published_from.timestamp
        if filters.published_to is not None:
            articles &= timestamp < end_of(filters.published_to)
        return articles

    def _has_source(self, names: Sequence[str], rows: Rows | slice) -> Mask:
        """Return which of the articles at `rows` have one of the sources, shape (n,)."""
        return self._columns.sources.marked(names)[self._columns.source[rows]]

    def _has_author(self, names: Sequence[str], rows: Rows | slice) -> Mask:
        return self._columns.authors.marked(names)[self._columns.author[rows]]

    def _has_tag(self, names: Sequence[str], rows: Rows | slice) -> Mask:
        return self._columns.tag.has_any(self._columns.tags.marked(names), rows)


def _day(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).date().isoformat()


def end_of(published: PublicationTime) -> int:
    """Return the first Unix second after a moment, or after a whole day."""
    return published.timestamp + (int(timedelta(days=1).total_seconds()) if published.is_day else 1)
