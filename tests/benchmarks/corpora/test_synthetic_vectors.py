"""Vectors drawn around real ones: repeatable, and as near to each other as real ones."""

import numpy as np
import pytest

from benchmarks.corpora.synthetic_vectors import SyntheticVectors, fit_noise, median_nearest_cosine
from indexer.snapshot.encoder.query_encoder import FloatArray, unit

DIM = 24


def clustered(n: int, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, DIM))
    return unit((centres[rng.integers(0, 20, n)] + 0.6 * rng.normal(size=(n, DIM))).astype(np.float32))


def test_chunks_have_unit_norm_and_depend_on_seed_and_number() -> None:
    synthetic = SyntheticVectors(clustered(200), 0.5)
    first = synthetic.chunk(0, 100)
    assert first.shape == (100, DIM)
    assert first.dtype == np.float32
    assert np.linalg.norm(first, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(first, SyntheticVectors(synthetic.real, 0.5).chunk(0, 100))
    assert not np.array_equal(first, synthetic.chunk(1, 100))
    assert not np.array_equal(first, SyntheticVectors(synthetic.real, 0.5, seed=1).chunk(0, 100))


def test_vectors_without_noise_are_real_ones() -> None:
    real = clustered(50)
    drawn = SyntheticVectors(real, 0.0).chunk(0, 30)
    assert np.max(drawn @ real.T, axis=1) == pytest.approx(1, abs=1e-5)


def test_noise_varies_only_along_directions_of_the_corpus() -> None:
    flat = unit(np.pad(clustered(100)[:, :5], ((0, 0), (0, DIM - 5))))
    assert np.all(SyntheticVectors(flat, 1.0).chunk(0, 50)[:, 5:] == 0)


def test_queries_use_each_held_out_vector_before_any_twice() -> None:
    held = np.eye(DIM, dtype=np.float32)[:6]
    drawn = SyntheticVectors(clustered(100), 0.0).queries(held, 9)
    assert sorted(np.argmax(drawn[:6], axis=1).tolist()) == [0, 1, 2, 3, 4, 5]
    assert len(drawn) == 9


def test_nearest_other_vector_is_not_the_vector_itself() -> None:
    vectors = unit(np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0.8, 0.6]], dtype=np.float32))
    # Cosines of the three pairs: 0.6, 0, 0.64; the best of each vector: 0.6, 0.64, 0.64.
    assert median_nearest_cosine(vectors) == pytest.approx(0.64, abs=1e-6)


def test_fitted_vectors_are_as_near_to_each_other_as_real_ones() -> None:
    found = fit_noise(clustered(2_000))
    assert 0.2 < found.spread < 1.2
    assert found.synthetic_median == pytest.approx(found.real_median, abs=0.01)
