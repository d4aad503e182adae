"""The other articles of a group are found from any of them."""

import numpy as np
import pytest

from indexer.snapshot.content.columns import ArticleRow
from indexer.snapshot.index.article_groups import ArticleGroups

GROUPS = ArticleGroups(np.array([0, 1, 0, 3, 1, 0], dtype=np.int32))


@pytest.mark.parametrize(("row", "others"), [(0, [2, 5]), (1, [4]), (2, [0, 5]), (3, []), (4, [1]), (5, [0, 2])])
def test_others_are_all_of_the_group_but_the_article_itself(row: int, others: list[int]) -> None:
    rows, owner = GROUPS.others([ArticleRow(row)])
    assert (rows.tolist(), owner.tolist()) == (others, [0] * len(others))


def test_others_of_several_articles_follow_each_other() -> None:
    rows, owner = GROUPS.others([ArticleRow(row) for row in (4, 3, 2, 4)])
    assert rows.tolist() == [1, 0, 5, 1]
    assert owner.tolist() == [0, 2, 2, 3]


def test_a_corpus_without_groups() -> None:
    groups = ArticleGroups(np.arange(3, dtype=np.int32))
    for articles in ([ArticleRow(0), ArticleRow(2)], []):
        rows, owner = groups.others(articles)
        assert len(rows) == len(owner) == 0
