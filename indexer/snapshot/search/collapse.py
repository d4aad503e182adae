"""Stage 5: one hit for each article, or for each story."""

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.columns import Columns
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.query import Group


def collapse(ranking: Ranking, group: Group, columns: Columns) -> Ranking:
    """Return the best paragraph of each group, in the order of the ranking."""
    if group is Group.NONE:
        return ranking
    articles = columns.article_of_paragraph[ranking.rows]
    first = _first_places(articles if group is Group.ARTICLE else columns.story[articles])
    return Ranking(ranking.rows[first], ranking.scores[first])


def _first_places(groups: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Return the place of the first member of each group, in order, for group numbers of shape (n,)."""
    _, first = np.unique(groups, return_index=True)
    return np.sort(first)
