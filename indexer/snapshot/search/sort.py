"""Stage 8: the order of groups where it is not that of relevance.

The candidates are the best `MOST_SORTED` paragraphs of each language that pass the filters. Of their groups, only the
relevant ones are ordered by date: the newest of all articles would have nothing to do with the query. A group is
relevant if one of its paragraphs is (`relevant.py`), by its own score and not by that of the place that words have
given it, as in facets; if none is, the first `LEAST_GROUPS` take their place, so that an
odd query still has an answer. A blend orders all of them, because it weighs relevance itself. All of this is
independent of the page, and so is the order.

    newest, oldest   by the date of the article that the hit shows
    blend            score * (1 - w + w * 2 ** (-age / half-life)), w = RECENCY_WEIGHT

The age is counted from the newest article of the version, in days. Articles without a date are last in the first two
orders, and infinitely old in the third. Ties are in the order of relevance.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.columns import NO_TIMESTAMP
from indexer.snapshot.index.vector_index import DEEP_CANDIDATES
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.collapse import collapse, groups_of
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.query import Group, Query, Sort
from indexer.snapshot.search.relevant import own_relevance
from indexer.snapshot.search.understand import QueryVector

MOST_SORTED = DEEP_CANDIDATES
"""Paragraphs of each language that are candidates: as many as an approximate index finds before it scans the rest."""

LEAST_GROUPS = 10

RECENCY_WEIGHT = 0.3
"""How much of its score an article loses that is very old."""

_DAY_S = 86_400


def relevant_groups(snapshot: Snapshot, query: QueryVector, group: Group, paragraphs: Ranking) -> Ranking:
    """Return the groups of ranked paragraphs that are relevant, in the same order."""
    columns = snapshot.corpus.columns
    groups = collapse(paragraphs, group, columns)
    _, are_relevant = own_relevance(snapshot, query, paragraphs.rows)
    relevant = paragraphs.rows[are_relevant]
    kept = np.isin(groups_of(groups.rows, group, columns), groups_of(relevant, group, columns))
    return Ranking(groups.rows[kept], groups.scores[kept])


def sort_groups(snapshot: Snapshot, groups: Ranking, query: Query) -> Ranking:
    """Return groups that are in the order of relevance in the order that `query` asks for."""
    if query.sort is Sort.RELEVANCE:
        return groups
    columns = snapshot.corpus.columns
    timestamps = columns.timestamp[columns.article_of_paragraph[groups.rows]]
    undated = timestamps == NO_TIMESTAMP
    places = np.arange(len(groups.rows))
    keys: Sequence[npt.NDArray[np.generic]]
    if query.sort is Sort.BLEND:
        recency = np.where(undated, 0.0, _recency(timestamps, snapshot.newest_timestamp, query.half_life_days))
        # Scores below 0 would rise with age; they are all the same: not similar.
        scores = np.maximum(groups.scores.astype(np.float64), 0)
        keys = (places, -scores * (1 - RECENCY_WEIGHT + RECENCY_WEIGHT * recency))
    else:
        dates = np.where(undated, 0, timestamps)
        keys = (places, dates if query.sort is Sort.OLDEST else -dates, undated)
    order = np.lexsort(keys)
    return Ranking(groups.rows[order], groups.scores[order])


def _recency(
    timestamps: npt.NDArray[np.int64], newest_timestamp: int, half_life_days: float
) -> npt.NDArray[np.float64]:
    """Return 2 ** (-age / half-life), 0 to 1; articles from the future are as new as the newest one."""
    age_days = np.maximum(newest_timestamp - timestamps.astype(np.float64), 0) / _DAY_S
    with np.errstate(over="ignore"):  # a half-life of nearly nothing
        recency: npt.NDArray[np.float64] = np.exp2(-age_days / half_life_days)
    return recency
