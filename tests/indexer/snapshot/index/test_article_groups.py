"""The other articles of a group are found from any of them."""

import numpy as np
import pytest

from indexer.snapshot.content.columns import ArticleRow
from indexer.snapshot.index.article_groups import ArticleGroups

GROUPS = ArticleGroups(np.array([0, 1, 0, 3, 1, 0], dtype=np.int32))


@pytest.mark.parametrize(("row", "others"), [(0, [2, 5]), (1, [4]), (2, [0, 5]), (3, []), (4, [1]), (5, [0, 2])])
def test_others_are_all_of_the_group_but_the_article_itself(row: int, others: list[int]) -> None:
    assert GROUPS.others(ArticleRow(row)).tolist() == others


def test_a_corpus_without_groups() -> None:
    groups = ArticleGroups(np.arange(3, dtype=np.int32))
    assert [groups.others(ArticleRow(row)).tolist() for row in range(3)] == [[], [], []]
