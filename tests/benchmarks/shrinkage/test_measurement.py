"""The shrinkage benchmark on hand-made vectors."""

import numpy as np

from benchmarks.shrinkage.measurement import EmbeddedCorpus, rare_ndcg
from indexer.snapshot.encoder.query_encoder import FloatArray, unit

N, DIM = 40, 64


def embedded(offset: float, n_crowd: int = 0) -> EmbeddedCorpus:
    """Return documents of one paragraph: document n has axis n, and each language has one more axis in common.

    The crowd is English and has other axes.
    """
    topics = np.eye(N, DIM, dtype=np.float32)

    def with_language(axis: int) -> FloatArray:
        common = np.zeros(DIM, dtype=np.float32)
        common[axis] = offset
        return unit(topics + common)

    vectors = {"en": with_language(DIM - 1), "ar": with_language(DIM - 2)}
    crowd = np.eye(DIM, dtype=np.float32)[N + np.arange(n_crowd) % 20]
    crowd[:, DIM - 1] = offset
    return EmbeddedCorpus(
        {name: [row[None] for row in block] for name, block in vectors.items()}, vectors, {}, unit(crowd)
    )


def test_without_a_common_part_every_answer_is_first() -> None:
    for language in ("en", "ar"):
        assert list(rare_ndcg(embedded(0.0), {3, 17}, 0.0, language)) == [1.0, 1.0]


def test_with_very_large_shrinkage_both_languages_keep_their_common_part() -> None:
    half = set(range(0, N, 2))  # in Arabic; English queries then find every English paragraph first
    assert set(rare_ndcg(embedded(3.0), half, 1e9, "en")) == {0.0}
    assert set(rare_ndcg(embedded(3.0), half, 0.0, "en")) == {1.0}


def test_crowd_ranks_first_only_if_its_common_part_stays() -> None:
    assert set(rare_ndcg(embedded(3.0, n_crowd=400), {3, 17, 30}, 1e9, "en")) == {0.0}
    assert set(rare_ndcg(embedded(3.0, n_crowd=400), {3, 17, 30}, 0.0, "en")) == {1.0}
