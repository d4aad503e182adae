"""Which index is chosen, and that what is recorded of it is true."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.index.record import ApproximateKind, FilteredSearch, IndexRecord
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.snapshot.layout import IndexLayout
from indexer.vectors.index_choice import RECALL_TARGET, build_indexes, choose_index
from indexer.vectors.kinds import BUILDERS
from indexer.vectors.recall import RecallSample
from indexer.vectors.tuning import build_tuned

DIM = 32
N = 4_000


def clustered(n: int, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(60, DIM))
    return unit((centres[rng.integers(0, 60, n)] + 0.7 * rng.normal(size=(n, DIM))).astype(np.float32))


VECTORS = clustered(N, 1)
QUERIES = clustered(200, 2)


@pytest.fixture(scope="module")
def lists() -> VectorIndex:
    return choose_index(VectorIndex.exact(VECTORS), QUERIES, exact_up_to=100, kinds=["ivf-sq8"], budget_bytes=100 * N)


def recall(index: VectorIndex, queries: FloatArray) -> float:
    true = np.argsort(-(queries @ VECTORS.T), axis=1)[:, :10]
    return float(np.mean([len(np.intersect1d(index.search(q, 10)[0], t)) / 10 for q, t in zip(queries, true)]))  # noqa: B905


def test_small_corpora_are_scanned_and_cost_no_measuring() -> None:
    record = choose_index(VectorIndex.exact(VECTORS), QUERIES).record
    assert (record.kind, record.recall_at_10, record.curve) == ("exact", 1.0, ())


def test_with_too_few_queries_to_tell_all_is_scanned() -> None:
    assert choose_index(VectorIndex.exact(VECTORS), QUERIES[:39], exact_up_to=100).record.kind == "exact"


def test_budget_excludes_what_does_not_fit(lists: VectorIndex) -> None:
    assert lists.record.kind == "ivf-sq8"  # a scan needs 128 bytes a vector here
    sizes = {point.kind: point.bytes_per_vector for point in lists.record.curve}
    assert sizes["exact"] == 4 * DIM
    assert DIM < sizes["ivf-sq8"] <= 100


def test_where_nothing_fits_the_smallest_is_taken() -> None:
    kinds: list[ApproximateKind] = ["ivf-sq8", "hnsw-sq8"]
    assert (
        choose_index(VectorIndex.exact(VECTORS), QUERIES, exact_up_to=100, kinds=kinds, budget_bytes=1).record.kind
        == "ivf-sq8"
    )


def test_recorded_recall_is_that_of_queries_not_tuned_on(lists: VectorIndex) -> None:
    assert lists.record.recall_queries == 100
    assert lists.record.recall_at_10 == pytest.approx(recall(lists, QUERIES[1::2]), abs=1e-4)
    assert lists.record.recall_at_10 >= RECALL_TARGET - 0.02


def test_curve_rises_to_the_effort_that_was_taken(lists: VectorIndex) -> None:
    points = [point for point in lists.record.curve if point.kind == "ivf-sq8"]
    assert [point.search_parameter for point in points] == sorted({point.search_parameter for point in points})
    assert points[-1].search_parameter == lists.record.search_parameter
    assert all(point.recall_at_10 < points[-1].recall_at_10 for point in points[:-1])


def test_same_vectors_give_the_same_files(lists: VectorIndex, tmp_path: Path) -> None:
    again = choose_index(VectorIndex.exact(VECTORS), QUERIES, exact_up_to=100, kinds=["ivf-sq8"], budget_bytes=100 * N)
    for name, index in (("first", lists), ("second", again)):
        index.save(IndexLayout(tmp_path / name))
    for file in (tmp_path / "first").iterdir():
        assert file.read_bytes() == (tmp_path / "second" / file.name).read_bytes()


def test_odd_dimensions_do_without_product_codes() -> None:
    record = choose_index(
        VectorIndex.exact(VECTORS[:, :31]), QUERIES[:, :31], exact_up_to=100, kinds=["ivf-pq4"]
    ).record
    assert {point.kind for point in record.curve} == {"exact"}


@pytest.mark.parametrize(("share", "effort"), [(1.0, 3), (0.99, 5), (0.5, 5), (0.49, 9), (0.1, 9), (0.01, 9)])
def test_rarer_matches_take_more_effort(share: float, effort: int) -> None:
    filtered = (FilteredSearch(0.5, 5), FilteredSearch(0.1, 9))
    record = IndexRecord("ivf-sq8", 48, 3, filtered, 100, 0.98, 10, ())
    assert record.parameter_for(share) == effort


def test_each_language_is_indexed_apart() -> None:
    languages = np.array(["en"] * 3_000 + ["ar"] * 1_000)
    indexes = build_indexes(VECTORS, languages, QUERIES, exact_up_to=1_500, budget_bytes=1)
    assert indexes["ar"].record.kind == "exact"
    assert indexes["en"].record.kind != "exact"


@pytest.mark.parametrize("kind", sorted(BUILDERS))
def test_the_bytes_of_a_vector_are_those_of_the_file(kind: ApproximateKind) -> None:
    exact = VectorIndex.exact(VECTORS)
    index, measurements = build_tuned(kind, exact, RecallSample.of(exact, QUERIES[:40]))
    n_bytes = len(faiss.serialize_index(index._approximate))
    assert {found.bytes_per_vector for found in measurements} == {round(n_bytes / N, 1)}
