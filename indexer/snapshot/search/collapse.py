"""Stage 7: one hit for each article, story or event."""

import numpy as np

from indexer.snapshot.content.columns import Columns
from indexer.snapshot.index.vector_index import Rows
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.query import Group


def collapse(ranking: Ranking, group: Group, columns: Columns) -> Ranking:
    """Return the best paragraph of each group, in the order of the ranking."""
    if group is Group.NONE:
        return ranking
    first_places = np.sort(np.unique(groups_of(ranking.rows, group, columns), return_index=True)[1])
    return Ranking(ranking.rows[first_places], ranking.scores[first_places])


def groups_of(rows: Rows, group: Group, columns: Columns) -> Rows:
    """Return a number for the group of each paragraph at `rows`, shape (n,): equal numbers, the same group."""
    if group is Group.NONE:
        return rows
    articles = columns.article_of_paragraph[rows]
    match group:
        case Group.STORY:
            groups = columns.story[articles]
        case Group.EVENT:
            groups = columns.event[articles]
        case _:
            groups = articles
    return groups.astype(np.int64)
