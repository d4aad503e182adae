"""The index against brute force, with vectors that are not of unit length."""

from pathlib import Path

import numpy as np
import pytest

from indexer.snapshot.encoder import FloatArray
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.vector_index import Mask, VectorIndex, least_that_holds

DIM = 16


def random_vectors(n: int, seed: int) -> FloatArray:
    """Return clustered vectors of lengths between 0.5 and 5, shape (n, DIM), float32."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, DIM))
    directions = centres[rng.integers(0, 20, n)] + 0.6 * rng.normal(size=(n, DIM))
    return (directions * rng.uniform(0.5, 5, size=(n, 1))).astype(np.float32)


def brute_force(vectors: FloatArray, query: FloatArray, allowed: Mask | None = None) -> list[int]:
    """Return all allowed rows by falling cosine, computed in float64, ties by row."""
    unit_vectors = vectors.astype(np.float64) / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit_vectors @ (query.astype(np.float64) / np.linalg.norm(query))
    rows = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
    return sorted(rows.tolist(), key=lambda row: (-round(cosines[row], 6), row))


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    return random_vectors(2_000, seed=1)


@pytest.fixture(scope="module")
def exact(vectors: FloatArray) -> VectorIndex:
    return VectorIndex.build(vectors, random_vectors(40, seed=2))


@pytest.fixture(scope="module")
def ivf(vectors: FloatArray) -> VectorIndex:
    return VectorIndex.build(vectors, random_vectors(200, seed=2), exact_up_to=100)


def test_kind_follows_size(exact: VectorIndex, ivf: VectorIndex) -> None:
    assert exact.record.kind == "exact"
    assert exact.record.recall_at_10 == 1.0
    assert ivf.record.kind == "ivf"
    assert ivf.record.n_lists == 178  # 4 * sqrt(2000), rounded down


def test_exact_search_is_brute_force(exact: VectorIndex, vectors: FloatArray) -> None:
    for query in random_vectors(20, seed=3):
        rows, scores = exact.search(query, 25)
        assert rows.tolist() == brute_force(vectors, query)[:25]
        assert scores[0] == pytest.approx(
            float(vectors[rows[0]] @ query / np.linalg.norm(vectors[rows[0]]) / np.linalg.norm(query)), abs=1e-5
        )


def test_recorded_recall_is_that_of_queries_not_tuned_on(ivf: VectorIndex, vectors: FloatArray) -> None:
    held_out = random_vectors(200, seed=2)[1::2]
    shares = [
        len(set(ivf.search(query, 10)[0].tolist()) & set(brute_force(vectors, query)[:10])) / 10 for query in held_out
    ]
    assert ivf.record.recall_queries == 100
    assert ivf.record.recall_at_10 == pytest.approx(float(np.mean(shares)), abs=0.011)


def test_tuning_probes_few_lists_and_reaches_the_target(ivf: VectorIndex) -> None:
    assert 1 < ivf.record.n_probe < ivf.record.n_lists
    assert ivf.record.recall_at_10 >= 0.95


def test_without_queries_to_tune_on_every_list_is_probed(vectors: FloatArray) -> None:
    index = VectorIndex.build(vectors, np.empty((0, DIM), dtype=np.float32), exact_up_to=100)
    query = random_vectors(1, seed=4)[0]
    assert index.record.n_probe == index.record.n_lists
    assert index.search(query, 50)[0].tolist() == brute_force(vectors, query)[:50]


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5])
@pytest.mark.parametrize("kind", ["exact", "ivf"])
def test_filtered_search_is_exact(kind: str, share: float, vectors: FloatArray, request: pytest.FixtureRequest) -> None:
    index: VectorIndex = request.getfixturevalue(kind)
    rng = np.random.default_rng(5)
    for query in random_vectors(5, seed=6):
        allowed = rng.random(len(vectors)) < share
        rows, _ = index.search(query, 10, allowed)
        assert rows.tolist() == brute_force(vectors, query, allowed)[:10]


def test_nothing_allowed_gives_nothing(exact: VectorIndex, vectors: FloatArray) -> None:
    rows, scores = exact.search(vectors[0], 10, np.zeros(len(vectors), dtype=np.bool_))
    assert rows.shape == scores.shape == (0,)


@pytest.mark.parametrize("kind", ["exact", "ivf"])
def test_short_rankings_are_beginnings_of_long_ones(kind: str, request: pytest.FixtureRequest) -> None:
    index: VectorIndex = request.getfixturevalue(kind)
    query = random_vectors(1, seed=7)[0]
    whole = index.search(query, index.size)[0].tolist()
    assert sorted(whole) == list(range(index.size))
    for k in (1, 2, 10, 99, 100, 101, 500, 1_999):
        assert index.search(query, k)[0].tolist() == whole[:k]


@pytest.mark.parametrize("exact_up_to", [10_000, 10])
def test_ties_break_by_row(exact_up_to: int) -> None:
    base = random_vectors(30, seed=8)
    index = VectorIndex.build(np.concatenate([base] * 20), base, exact_up_to=exact_up_to)
    rows, scores = index.search(base[7], 15)
    assert rows.tolist() == list(range(7, 30 * 15, 30))
    assert len(set(scores.tolist())) == 1


def test_more_than_there_are_gives_all(exact: VectorIndex, vectors: FloatArray) -> None:
    assert len(exact.search(vectors[0], 5_000)[0]) == len(vectors)


def test_query_of_another_shape_is_refused(exact: VectorIndex) -> None:
    with pytest.raises(ValueError, match=r"shape \(16,\)"):
        exact.search(np.ones(8, dtype=np.float32), 1)


@pytest.mark.parametrize("kind", ["exact", "ivf"])
def test_saved_index_answers_alike(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    index: VectorIndex = request.getfixturevalue(kind)
    index.save(tmp_path / "index.faiss")
    opened = VectorIndex.open(tmp_path / "index.faiss", index.record)
    query = random_vectors(1, seed=9)[0]
    assert opened.search(query, 20)[0].tolist() == index.search(query, 20)[0].tolist()


def test_same_vectors_give_the_same_file(vectors: FloatArray, ivf: VectorIndex, tmp_path: Path) -> None:
    again = VectorIndex.build(vectors, random_vectors(200, seed=2), exact_up_to=100)
    ivf.save(tmp_path / "first")
    again.save(tmp_path / "second")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_other_file_is_refused_by_name(tmp_path: Path, exact: VectorIndex) -> None:
    path = tmp_path / "index.faiss"
    path.write_bytes(b"not an index at all")
    with pytest.raises(SnapshotDamaged, match=r"index\.faiss"):
        VectorIndex.open(path, exact.record)


@pytest.mark.parametrize("threshold", [1, 2, 57, 100])
def test_bisection_finds_the_least(threshold: int) -> None:
    assert least_that_holds(lambda n: n >= threshold, 100) == threshold
