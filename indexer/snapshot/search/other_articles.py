"""The articles that a hit names beside its own: near-duplicates, and reports of its event in other languages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from indexer.snapshot.content.article import ArticleSummary
from indexer.snapshot.content.columns import NO_TIMESTAMP, ArticleRow, paragraph_rows
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.own_story import other_stories
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.understand import QueryVector

MAX_DUPLICATES = 20
"""Near-duplicates of an article that a hit names; a form letter may have thousands."""

MAX_ALSO_REPORTED = 20
"""Articles in other languages that a hit names."""


@dataclass(frozen=True, slots=True)
class OtherArticles:
    """What a hit says of other articles; the fields are those of `page.Hit`."""

    duplicate_count: int
    duplicates: tuple[ArticleSummary, ...]
    also_reported: tuple[ArticleSummary, ...]


def other_articles(
    snapshot: Snapshot, articles: Sequence[ArticleRow], query: Query, understood: QueryVector
) -> list[OtherArticles]:
    """Return for each of the articles of a page which others its hit names."""
    may_be_named = _may_be_named(snapshot, query, understood)
    duplicates = _duplicates(snapshot, articles, query.filters, may_be_named)
    reports = _also_reported(snapshot, articles, query.filters, may_be_named)
    shown = [*duplicates.first_of_each(MAX_DUPLICATES), *reports.first_of_each(MAX_ALSO_REPORTED)]
    wanted = sorted(set(chain(*shown)))
    summaries = dict(zip(wanted, snapshot.corpus.summaries(wanted), strict=True)) if wanted else {}
    texts = [tuple(summaries[row] for row in rows) for rows in shown]
    counts = np.bincount(duplicates.owner, minlength=len(articles)).tolist()
    return list(map(OtherArticles, counts, texts[: len(articles)], texts[len(articles) :]))


@dataclass(frozen=True, slots=True)
class _Others:
    """Other articles of `n_owners` articles: `rows` and the place of the `owner` of each, ascending, of shape (n,)."""

    rows: Rows
    owner: Rows
    n_owners: int

    def where(self, kept: Mask) -> "_Others":
        return replace(self, rows=self.rows[kept], owner=self.owner[kept])

    def first_of_each(self, n: int) -> list[list[ArticleRow]]:
        """Return the first `n` rows of each owner."""
        lists: list[list[ArticleRow]] = [[] for _ in range(self.n_owners)]
        if not len(self.rows):  # most articles are alone
            return lists
        place = np.arange(len(self.owner)) - np.searchsorted(self.owner, self.owner)
        first = self.where(place < n)
        for row, owner in zip(first.rows.tolist(), first.owner.tolist(), strict=True):
            lists[owner].append(row)
        return lists


def _may_be_named(snapshot: Snapshot, query: Query, understood: QueryVector) -> Callable[[Rows], Mask]:
    """Return what says which articles a hit may name beside its own: not what is excluded, and no own story.

    A phrase is asked of the hit alone: copies and reports in other languages need not have its words.
    """
    evidence = understood.evidence
    restrictions = (None if evidence.chooses else evidence.passing, other_stories(snapshot, query.target))
    masks = [mask for mask in restrictions if mask is not None]

    def may_be_named(articles: Rows) -> Mask:
        passing = np.ones(len(articles), dtype=np.bool_)
        for mask in masks:
            rows, owner = paragraph_rows(snapshot.corpus.columns, articles)
            passing &= np.bincount(owner[mask[rows]], minlength=len(articles)) > 0
        return passing

    return may_be_named


def _duplicates(
    snapshot: Snapshot, articles: Sequence[ArticleRow], filters: Filters, may_be_named: Callable[[Rows], Mask]
) -> _Others:
    """Return for each article its near-duplicates that pass `filters`, in order of id."""
    others = _Others(*snapshot.stories.others(articles), len(articles))
    if not len(others.rows):
        return others
    return others.where(snapshot.filters.passing_articles(filters, others.rows) & may_be_named(others.rows))


def _also_reported(
    snapshot: Snapshot, articles: Sequence[ArticleRow], filters: Filters, may_be_named: Callable[[Rows], Mask]
) -> _Others:
    """Return for each article those about its event in other languages, the earliest first."""
    others = _Others(*snapshot.events.others(articles), len(articles))
    if not len(others.rows):
        return others
    columns = snapshot.corpus.columns
    in_other_language = columns.language[others.rows] != columns.language[np.asarray(articles)[others.owner]]
    passing = snapshot.filters.passing_articles(replace(filters, languages=()), others.rows)
    others = others.where(in_other_language & passing & may_be_named(others.rows))
    timestamps = columns.timestamp[others.rows]
    # Rows are in order of id, which a stable sort keeps.
    by_time = np.lexsort((timestamps, timestamps == NO_TIMESTAMP, others.owner))
    return replace(others, rows=others.rows[by_time])  # it sorts within owners only
