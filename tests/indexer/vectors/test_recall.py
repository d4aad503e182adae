"""The one definition of recall, on hand-made scores and against brute force."""

import numpy as np
import pytest

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.index.vector_index import Mask, VectorIndex
from indexer.vectors.recall import SAME_SCORE, RecallSample, recall_of_rows, recall_of_scores

SCORES = np.array([0.9, 0.5, 0.8, 0.5, 0.7, 0.1], dtype=np.float32)


def found(*rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(rows, dtype=np.int64)


@pytest.mark.parametrize(
    ("rows", "k", "expected"),
    [
        ((0, 2, 4), 3, 1.0),
        ((4, 0, 2), 3, 1.0),  # the order within the best k does not matter
        ((0, 2, 5), 3, 2 / 3),
        ((0, 2), 3, 2 / 3),
        ((5, 0), 1, 0.0),  # only the first k rows count
        ((0, 2, 4, 3), 4, 1.0),  # rows 1 and 3 share the fourth score: either of them will do
        ((0, 2, 4, 1), 4, 1.0),
        ((0, 1, 2, 3, 4, 5), 10, 1.0),  # there are six rows only
    ],
)
def test_rows_count_when_they_score_as_high_as_the_kth_best(rows: tuple[int, ...], k: int, expected: float) -> None:
    assert recall_of_rows(found(*rows), SCORES, k) == pytest.approx(expected)


def test_scores_within_rounding_of_the_kth_best_count() -> None:
    kth_best = 0.5
    scores = np.array([0.5 - SAME_SCORE / 2, 0.5 - 2 * SAME_SCORE])
    assert recall_of_scores(scores, kth_best, 2) == 0.5


def test_rows_that_a_filter_drops_never_count() -> None:
    allowed = np.array([False, True, False, True, True, True])
    assert recall_of_rows(found(4, 1, 3), SCORES, 3, allowed) == 1.0
    assert recall_of_rows(found(0, 2, 4), SCORES, 3, allowed) == pytest.approx(1 / 3)
    assert recall_of_rows(found(0, 2, 4), SCORES, 3, ~allowed) == 1.0  # two rows are allowed, and both are found


def test_nothing_allowed_is_found_completely() -> None:
    assert recall_of_rows(found(), SCORES, 3, np.zeros(6, dtype=np.bool_)) == 1.0


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    return unit(np.random.default_rng(0).normal(size=(500, 8)))


@pytest.mark.parametrize("share", [None, 0.2, 0.01])
def test_a_sample_knows_the_true_results(share: float | None, vectors: FloatArray) -> None:
    rng = np.random.default_rng(1)
    queries = unit(rng.normal(size=(7, 8)))
    masks: list[Mask] = []
    if share is not None:
        for _ in range(3):
            mask = np.zeros(500, dtype=np.bool_)
            mask[rng.permutation(500)[: int(500 * share)]] = True
            masks.append(mask)
    exact = VectorIndex.exact(vectors)
    sample = RecallSample.of(exact, queries, masks)
    assert sample.k == (5 if share == 0.01 else 10)
    for place, query in enumerate(queries):
        scores = vectors @ query
        if masks:
            scores = scores[masks[place % 3]]
        assert sample.kth_best[place] == pytest.approx(np.sort(scores)[-sample.k], abs=2e-6)
    assert sample.recall(exact) == 1.0


def test_recall_of_an_index_is_the_mean_of_that_of_its_searches(vectors: FloatArray) -> None:
    queries = unit(np.random.default_rng(2).normal(size=(20, 8)))
    half = VectorIndex.exact(vectors[::2])
    sample = RecallSample.of(VectorIndex.exact(vectors), queries)
    expected = [recall_of_rows(2 * half.search(query, 10)[0], vectors @ query) for query in queries]
    assert 0 < np.mean(expected) < 1
    assert sample.recall(half) == pytest.approx(np.mean(expected))
