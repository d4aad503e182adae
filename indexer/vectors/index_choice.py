"""Which index a corpus gets: kinds are built on its own vectors and measured with its own queries.

The kind that answers fastest wins, among those that find 98 % of the true ten nearest paragraphs
and fit into the memory budget. A kind that is simpler to build wins unless another is faster by a
fifth, so that noise of the machine does not change the choice from night to night; and where one
answers within half a millisecond, a tenth of what encoding takes, later ones are not even tried.

Queries lie apart from the paragraphs they ask for, so the lists that are nearest to a query hold
few of its answers: a third or more of all lists have to be probed. That is why product codes come
first. Their scan is so fast that all lists of a hundred thousand paragraphs can be probed.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from time import perf_counter
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.index.multilingual_index import MultilingualIndex
from indexer.snapshot.index.record import FilteredSearch, IndexMeasurement, IndexRecord
from indexer.snapshot.index.vector_index import ApproximateKind, Mask, Rows, VectorIndex

EXACT_UP_TO = 10_000
"""Corpora of at most this many paragraphs are scanned whole: about a millisecond at 384 dimensions."""

RECALL_TARGET = 0.98
TUNED_TO = 0.985
"""What is asked for on the queries that choose the effort, so that others reach the target too."""

_RECALL_AT = 10
_MIN_QUERIES = 40
_WORTH_IT = 0.8
_SEED = 1234
_FAST_ENOUGH_MS = 0.5
_TUNING_QUERIES = 200
_TRAINING_PER_LIST = 64
_ROWS_PER_CODED_LIST = 16_384
_MAX_TRAINING = 65_536
_LINKS = 32
_BUILD_EFFORT = 100
_SHARES = (0.5, 0.25, 0.1, 0.05, 0.02)
_FILTER_QUERIES = 60

CANDIDATES: dict[ApproximateKind, int] = {"ivf-pq4": 128, "ivf-sq8": 48, "hnsw-sq8": 48}
"""In the order of trying. As many as re-ranking needs, and ten articles of four paragraphs at least.

Of 75,000 paragraphs of news, 128 by product codes hold 99.95 % of the true ten nearest; 64, 99.1 %.
"""


def choose_index(
    vectors: FloatArray,
    queries: FloatArray,
    *,
    budget_bytes: int | None = None,
    exact_up_to: int = EXACT_UP_TO,
    kinds: Sequence[ApproximateKind] = tuple(CANDIDATES),
) -> VectorIndex:
    """Index `vectors`, shape (n, dim), and choose how by asking `queries`, shape (n_queries, dim).

    Both are scaled to unit norm here. Every second query chooses, the others measure the recall
    that is recorded. Up to `exact_up_to` vectors, or with fewer than 40 queries to tell by, all
    vectors are scanned. `budget_bytes` bounds what has to stay in memory; where no kind that is
    good enough fits, the smallest of all is taken.
    """
    vectors, queries = unit(vectors), unit(queries)
    budget = None if budget_bytes is None else budget_bytes / len(vectors)
    exact = VectorIndex.exact(vectors)
    if len(vectors) <= exact_up_to or len(queries) < _MIN_QUERIES:
        return exact
    with _one_thread():
        tuning, held_out = (_spread(some, _TUNING_QUERIES) for some in (queries[::2], queries[1::2]))
        truth = _true_rows(vectors, tuning)
        scanned = IndexMeasurement("exact", 0, 1.0, _ms_per_query(exact, tuning), 4.0 * vectors.shape[1])
        curve = [scanned]
        found = [(exact, scanned)]
        for kind in kinds:
            if kind == "ivf-pq4" and vectors.shape[1] % 2:
                continue  # its codes are of two components each
            index, points = _tuned(kind, exact, tuning, truth)
            curve += points
            found.append((index, points[-1]))
            if _best(found, budget)[1].ms_per_query <= _FAST_ENOUGH_MS:
                break
        chosen, _ = _best(found, budget)
        if chosen is exact:
            return exact.recorded(IndexRecord.exact(tuple(curve)))
        return _finished(chosen, exact, tuning, held_out, tuple(curve))


def index_as(kind: ApproximateKind, vectors: FloatArray, queries: FloatArray) -> VectorIndex:
    """Index `vectors` as one kind, with the efforts that `queries` ask for; arguments as in `choose_index`."""
    vectors, queries = unit(vectors), unit(queries)
    with _one_thread():
        exact = VectorIndex.exact(vectors)
        index, points = _tuned(kind, exact, queries[::2], _true_rows(vectors, queries[::2]))
        return _finished(index, exact, queries[::2], queries[1::2], tuple(points))


def build_index(
    vectors: FloatArray,
    languages: npt.NDArray[np.str_],
    queries: FloatArray,
    *,
    budget_bytes: int | None = None,
    exact_up_to: int = EXACT_UP_TO,
) -> MultilingualIndex:
    """Index neutral `vectors`, shape (n, dim), of `languages` (n), each language apart.

    The arguments are those of `choose_index`; the budget is shared out by numbers of paragraphs.
    """
    indexes = {}
    for language in sorted(set(languages.tolist())):
        own = vectors[languages == language]
        share = None if budget_bytes is None else budget_bytes * len(own) // len(vectors)
        indexes[language] = choose_index(own, queries, budget_bytes=share, exact_up_to=exact_up_to)
    return MultilingualIndex(indexes, languages)


def _best(
    found: Sequence[tuple[VectorIndex, IndexMeasurement]], budget: float | None
) -> tuple[VectorIndex, IndexMeasurement]:
    """Return what to take: see the module; `found` goes from simple to complicated, `budget` is bytes a vector."""
    good = [entry for entry in found if entry[1].recall_at_10 >= RECALL_TARGET]
    fitting = [entry for entry in good if budget is None or entry[1].bytes_per_vector <= budget]
    if not fitting:
        return min(found, key=lambda entry: entry[1].bytes_per_vector)
    best = fitting[0]
    for entry in fitting[1:]:
        if entry[1].ms_per_query < _WORTH_IT * best[1].ms_per_query:
            best = entry
    return best


def _tuned(
    kind: ApproximateKind, exact: VectorIndex, queries: FloatArray, truth: list[Rows]
) -> tuple[VectorIndex, list[IndexMeasurement]]:
    """Build one kind and raise its effort until the recall is there; return it so set, and each step."""
    structure = build_kind(kind, exact.vectors)
    size = _bytes(structure) / exact.size
    points = []
    index = exact.behind(structure, IndexRecord(kind, CANDIDATES[kind], 1, (), 0, 0.0, 0, ()))
    for effort in efforts(kind, index.most_effort):
        index = index.recorded(replace(index.record, search_parameter=effort))
        recall = _recall(index, queries, truth)
        points.append(IndexMeasurement(kind, effort, round(recall, 4), _ms_per_query(index, queries), round(size, 1)))
        if recall >= TUNED_TO:
            break
    return index, points


def efforts(kind: ApproximateKind, most: int) -> Iterator[int]:
    """Yield efforts up to `most` to try with an index of one kind, each about a third above the one before."""
    effort = float(CANDIDATES[kind]) if kind == "hnsw-sq8" else max(1.0, most / 32)
    while effort < most:
        yield int(effort)
        effort = max(effort * 4 / 3, effort + 1)
    yield most


def _finished(
    chosen: VectorIndex,
    exact: VectorIndex,
    tuning: FloatArray,
    held_out: FloatArray,
    curve: tuple[IndexMeasurement, ...],
) -> VectorIndex:
    """Return the chosen index with its efforts for filtered searches and its recall on other queries."""
    filtered, exact_up_to = _tune_filters(chosen, exact, tuning[:_FILTER_QUERIES])
    recall = _recall(chosen, held_out, _true_rows(exact.vectors, held_out))
    record = replace(
        chosen.record,
        filtered=filtered,
        exact_up_to=exact_up_to,
        recall_at_10=round(recall, 4),
        recall_queries=len(held_out),
        curve=curve,
    )
    return chosen.recorded(record)


def _tune_filters(
    chosen: VectorIndex, exact: VectorIndex, queries: FloatArray
) -> tuple[tuple[FilteredSearch, ...], int]:
    """Return the effort for each share of paragraphs that a filter keeps, and up to how many to scan.

    Shares fall until scanning what is kept is no slower than searching among it.
    """
    tuned: list[FilteredSearch] = []
    effort, most = chosen.record.search_parameter, chosen.most_effort
    for share in _SHARES:
        masks = list(_masks(exact.size, share))
        cost_of_scan = _ms_filtered(exact, queries, masks)
        tried = chosen.recorded(replace(chosen.record, filtered=(FilteredSearch(share, effort),)))
        while effort < most and _recall_filtered(tried, exact, queries, masks) < TUNED_TO:
            effort = min(most, max(effort + 1, effort * 4 // 3))
            tried = chosen.recorded(replace(chosen.record, filtered=(FilteredSearch(share, effort),)))
        if _ms_filtered(tried, queries, masks) >= cost_of_scan:
            break
        tuned.append(FilteredSearch(share, effort))
    return tuple(tuned), int((tuned[-1].share if tuned else 1) * exact.size) - 1


def _masks(n: int, share: float) -> Iterator[Mask]:
    """Yield filters that keep `share` of `n` rows: scattered ones, and neighbours.

    Rows follow article ids, and neighbours are often of one source or day, as in real filters.
    """
    rng = np.random.default_rng(_SEED)
    kept = max(1, int(share * n))
    for start in (0, (n - kept) // 2, n - kept):
        neighbours = np.zeros(n, dtype=np.bool_)
        neighbours[start : start + kept] = True
        yield neighbours
    scattered = np.zeros(n, dtype=np.bool_)
    scattered[rng.permutation(n)[:kept]] = True
    yield scattered


def _recall_filtered(index: VectorIndex, exact: VectorIndex, queries: FloatArray, masks: Sequence[Mask]) -> float:
    shares = []
    for place, query in enumerate(queries):
        mask = masks[place % len(masks)]
        true = exact.search(query, _RECALL_AT, mask)[0]
        shares.append(len(np.intersect1d(index.search(query, _RECALL_AT, mask)[0], true)) / len(true))
    return float(np.mean(shares))


def _ms_filtered(index: VectorIndex, queries: FloatArray, masks: Sequence[Mask]) -> float:
    return _median_ms(lambda place: index.search(queries[place], _RECALL_AT, masks[place % len(masks)]), len(queries))


def _ms_per_query(index: VectorIndex, queries: FloatArray) -> float:
    return round(_median_ms(lambda place: index.search(queries[place], _RECALL_AT), len(queries)), 4)


def _median_ms(search: Any, n: int) -> float:
    marks = [perf_counter()]
    for place in range(n):
        search(place)
        marks.append(perf_counter())
    return float(np.median([1000 * (end - start) for start, end in pairwise(marks)]))


def _recall(index: VectorIndex, queries: FloatArray, truth: Sequence[Rows]) -> float:
    shares = [
        len(np.intersect1d(index.search(query, _RECALL_AT)[0], true)) / len(true)
        for query, true in zip(queries, truth, strict=True)
    ]
    return float(np.mean(shares))


def _true_rows(vectors: FloatArray, queries: FloatArray) -> list[Rows]:
    """Return the true nearest rows of each query, by brute force."""
    _, rows = faiss.knn(queries, vectors, min(_RECALL_AT, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT)
    return list(rows.astype(np.int64))


def build_kind(kind: ApproximateKind, vectors: FloatArray) -> Any:
    """Build one kind of FAISS index over `vectors`, unit norm, the same way each time.

    Inverted lists are trained and filled on all cores, a graph on as many threads as FAISS is set to:
    it comes out alike only on one.
    """
    n, dim = vectors.shape
    metric = faiss.METRIC_INNER_PRODUCT
    if kind == "hnsw-sq8":
        graph = faiss.IndexHNSWSQ(dim, faiss.ScalarQuantizer.QT_8bit, _LINKS, metric)
        graph.hnsw.efConstruction = _BUILD_EFFORT
        graph.train(_spread(vectors, _MAX_TRAINING))
        graph.add(vectors)
        return graph
    # For 8-bit vectors as FAISS's guidelines suggest below a million vectors; scans of product codes
    # are fastest over long lists.
    n_lists = int(4 * np.sqrt(n)) if kind == "ivf-sq8" else max(1, n // _ROWS_PER_CODED_LIST)
    centroids = faiss.IndexFlatIP(dim)
    lists = (
        faiss.IndexIVFScalarQuantizer(centroids, dim, n_lists, faiss.ScalarQuantizer.QT_8bit, metric)
        if kind == "ivf-sq8"
        else faiss.IndexIVFPQFastScan(centroids, dim, n_lists, dim // 2, 4, metric)
    )
    if kind == "ivf-pq4":
        lists.pq.cp.min_points_per_centroid = 1
    lists.cp.seed = _SEED
    lists.cp.spherical = True
    lists.cp.max_points_per_centroid = _TRAINING_PER_LIST
    lists.cp.min_points_per_centroid = 1
    with _all_threads():
        lists.train(_spread(vectors, max(_MAX_TRAINING, _TRAINING_PER_LIST * n_lists)))
        lists.add(vectors)
    return lists


def _spread(vectors: FloatArray, n: int) -> FloatArray:
    """Return `n` vectors at even distances, or all where there are fewer."""
    return vectors if len(vectors) <= n else vectors[np.arange(n) * len(vectors) // n]


def _bytes(structure: Any) -> int:
    """Return the size that an index has when written."""
    return len(faiss.serialize_index(structure))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS use one thread, as it does when it serves; a graph is also built alike only so."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


@contextmanager
def _all_threads() -> Iterator[None]:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
