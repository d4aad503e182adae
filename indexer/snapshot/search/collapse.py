"""Stage 5: one hit for each article, or for each story."""

import numpy as np

from indexer.snapshot.content.columns import Columns
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.query import Group


def collapse(ranking: Ranking, group: Group, columns: Columns) -> Ranking:
    """Return the best paragraph of each group, in the order of the ranking."""
    if group is Group.NONE:
        return ranking
    articles = columns.article_of_paragraph[ranking.rows]
    groups = articles if group is Group.ARTICLE else columns.story[articles]
    first_places = np.sort(np.unique(groups, return_index=True)[1])
    return Ranking(ranking.rows[first_places], ranking.scores[first_places])
