"""The index against brute force, with vectors that are not of unit length."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.index import vector_index
from indexer.snapshot.index.record import ApproximateKind
from indexer.snapshot.index.vector_index import Mask, VectorIndex
from indexer.snapshot.layout import IndexLayout
from tests.fakes import index_as

DIM = 16
KINDS: tuple[ApproximateKind, ...] = ("ivf-sq8", "ivf-pq4", "hnsw-sq8")


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
def indexes(vectors: FloatArray) -> dict[str, VectorIndex]:
    """One index of each kind over the same vectors."""
    queries = random_vectors(200, seed=2)
    built: dict[str, VectorIndex] = {"exact": VectorIndex.exact(vectors)}
    built |= {kind: index_as(kind, vectors, queries) for kind in KINDS}
    assert [index.record.kind for index in built.values()] == list(built)
    return built


@pytest.fixture(params=["exact", *KINDS])
def index(request: pytest.FixtureRequest, indexes: dict[str, VectorIndex]) -> VectorIndex:
    return indexes[request.param]


@pytest.fixture
def exact(indexes: dict[str, VectorIndex]) -> VectorIndex:
    return indexes["exact"]


def test_exact_search_is_brute_force(exact: VectorIndex, vectors: FloatArray) -> None:
    for query in random_vectors(20, seed=3):
        rows, scores = exact.search(query, 25)
        assert rows.tolist() == brute_force(vectors, query)[:25]
        assert scores[0] == pytest.approx(
            float(vectors[rows[0]] @ query / np.linalg.norm(vectors[rows[0]]) / np.linalg.norm(query)), abs=1e-5
        )


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5])
def test_filters_hold_and_find_what_brute_force_finds(index: VectorIndex, share: float, vectors: FloatArray) -> None:
    rng = np.random.default_rng(5)
    shares = []
    for query in random_vectors(20, seed=6):
        allowed = rng.random(len(vectors)) < share
        rows, _ = index.search(query, 10, allowed)
        assert len(rows) == min(10, np.count_nonzero(allowed))
        assert allowed[rows].all()
        expected = brute_force(vectors, query, allowed)[:10]
        shares.append(len(set(rows.tolist()) & set(expected)) / len(expected) if expected else 1.0)
    assert np.mean(shares) == 1 if index.record.kind == "exact" else np.mean(shares) >= 0.95


def test_scores_are_those_of_the_full_vectors(index: VectorIndex, vectors: FloatArray) -> None:
    unit_vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for query in random_vectors(5, seed=3):
        rows, scores = index.search(query, 30)
        assert scores == pytest.approx(unit_vectors[rows] @ query / np.linalg.norm(query), abs=2e-6)


def test_nothing_allowed_gives_nothing(exact: VectorIndex, vectors: FloatArray) -> None:
    rows, scores = exact.search(vectors[0], 10, np.zeros(len(vectors), dtype=np.bool_))
    assert rows.shape == scores.shape == (0,)


def test_short_rankings_are_beginnings_of_long_ones(index: VectorIndex) -> None:
    query = random_vectors(1, seed=7)[0]
    whole = index.search(query, index.size)[0].tolist()
    assert sorted(whole) == list(range(index.size))
    for k in (1, 2, 10, 99, 100, 101, 500, 1_999):
        assert index.search(query, k)[0].tolist() == whole[:k]


def test_comparing_with_many_vectors_leaves_the_turn(index: VectorIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    query, left = random_vectors(1, seed=11)[0], []

    @contextmanager
    def leave() -> Iterator[None]:
        left.append(index.record.kind)
        yield

    monkeypatch.setattr(vector_index, "native_code", leave)
    index.search(query, 3)
    assert not left
    monkeypatch.setattr(vector_index, "_LONG_SEARCH", index.size)
    index.search(query, 3)
    assert left == [index.record.kind]


def test_ties_break_by_row() -> None:
    base = random_vectors(30, seed=8)
    index = VectorIndex.exact(np.concatenate([base] * 20))
    rows, scores = index.search(base[7], 15)
    assert rows.tolist() == list(range(7, 30 * 15, 30))
    assert len(set(scores.tolist())) == 1


def test_a_paragraph_has_one_score_however_it_was_found() -> None:
    vectors = np.random.default_rng(12).normal(1, size=(2_003, 384)).astype(np.float32)
    queries = vectors[:20]
    for index in (VectorIndex.exact(vectors), index_as("ivf-sq8", vectors, queries)):
        for number, query in enumerate(queries):
            cosines = index.cosines(np.arange(index.size), unit(query))
            mask = np.random.default_rng(number).random(index.size) < 0.4
            for rows, scores in (index.search(query, 1_100), index.search(query, 300, mask)):
                assert scores.tolist() == cosines[rows].tolist()


def test_near_ties_are_in_one_order_however_many_are_wanted() -> None:
    rng = np.random.default_rng(13)
    vectors = np.ones((400, 384), dtype=np.float32) + 2e-6 * rng.normal(size=(400, 384)).astype(np.float32)
    query = rng.normal(size=384).astype(np.float32) + 0.5
    index = VectorIndex.exact(vectors)
    whole = index.search(query, 400)[0].tolist()
    for k in (1, 2, 17, 64, 255, 399):
        assert index.search(query, k)[0].tolist() == whole[:k]


def test_more_than_there_are_gives_all(exact: VectorIndex, vectors: FloatArray) -> None:
    assert len(exact.search(vectors[0], 5_000)[0]) == len(vectors)


def test_query_of_another_shape_is_refused(exact: VectorIndex) -> None:
    with pytest.raises(ValueError, match=r"shape \(16,\)"):
        exact.search(np.ones(8, dtype=np.float32), 1)


def test_saved_index_answers_alike(index: VectorIndex, tmp_path: Path) -> None:
    layout = IndexLayout(tmp_path / "en")
    written = index.save(layout)
    assert sorted(path.name for path in written) == sorted(path.name for path in layout.root.iterdir())
    opened = VectorIndex.open(layout, index.record)
    query = random_vectors(1, seed=9)[0]
    allowed = np.arange(index.size) % 2 == 0
    assert opened.search(query, 20)[0].tolist() == index.search(query, 20)[0].tolist()
    assert opened.search(query, 20, allowed)[0].tolist() == index.search(query, 20, allowed)[0].tolist()


def test_other_file_is_refused_by_name(tmp_path: Path, exact: VectorIndex) -> None:
    layout = IndexLayout(tmp_path)
    layout.vectors.write_bytes(b"not an index at all")
    with pytest.raises(SnapshotDamaged, match=r"vectors\.faiss"):
        VectorIndex.open(layout, exact.record)


def test_a_process_that_is_bound_to_one_core_uses_one() -> None:
    script = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from indexer.snapshot.index.vector_index import usable_cores; print(usable_cores())"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "1"
