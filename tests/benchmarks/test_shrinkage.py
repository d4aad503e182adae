"""The shrinkage benchmark on hand-made vectors."""

import numpy as np

from benchmarks.shrinkage.__main__ import Embedded, ask
from indexer.snapshot.encoder.query_encoder import FloatArray, unit

N, DIM = 40, 64


def embedded(offset: float, n_crowd: int = 0) -> Embedded:
    """Return documents of one paragraph; document n has axis n, and each language one more in common.

    The crowd is English and on other axes.
    """
    topics = np.eye(N, DIM, dtype=np.float32)

    def spoken(axis: int) -> FloatArray:
        common = np.zeros(DIM, dtype=np.float32)
        common[axis] = offset
        return unit(topics + common)

    vectors = {"en": spoken(DIM - 1), "ar": spoken(DIM - 2)}
    crowd = np.eye(DIM, dtype=np.float32)[N + np.arange(n_crowd) % 20]
    crowd[:, DIM - 1] = offset
    return Embedded({name: [row[None] for row in block] for name, block in vectors.items()}, vectors, {}, unit(crowd))


def test_without_a_language_part_every_answer_comes_first() -> None:
    for language in ("en", "ar"):
        assert list(ask(embedded(0.0), {3, 17}, 0.0, language)) == [1.0, 1.0]


def test_with_boundless_shrinkage_both_languages_keep_their_part() -> None:
    half = set(range(0, N, 2))  # in Arabic; English queries then find every English paragraph first
    assert set(ask(embedded(3.0), half, 1e9, "en")) == {0.0}
    assert set(ask(embedded(3.0), half, 0.0, "en")) == {1.0}


def test_crowd_of_the_common_language_stands_between_only_with_its_part() -> None:
    assert set(ask(embedded(3.0, n_crowd=400), {3, 17, 30}, 1e9, "en")) == {0.0}
    assert set(ask(embedded(3.0, n_crowd=400), {3, 17, 30}, 0.0, "en")) == {1.0}
