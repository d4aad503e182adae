"""Choosing the search parameters of an approximate index: the smallest ones that find enough."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import faiss
import numpy as np

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.record import ApproximateKind, FilteredSearch, IndexMeasurement, IndexRecord
from indexer.snapshot.index.vector_index import Mask, VectorIndex
from indexer.vectors.kinds import BUILDERS
from indexer.vectors.recall import RecallSample

TUNED_TO = 0.985
"""Recall@10 to reach on the queries that choose a parameter, so that other queries reach 0.98 too."""

_FILTER_SHARES = (0.5, 0.25, 0.1, 0.05, 0.02)
_FILTER_QUERIES = 60
_MASK_SEED = 1234


def build_tuned(
    kind: ApproximateKind, exact: VectorIndex, sample: RecallSample
) -> tuple[VectorIndex, list[IndexMeasurement]]:
    """Build one kind over the vectors of an exact index, and raise its search parameter until the recall is enough.

    Return the index with that parameter, and the measurement of each parameter tried.
    """
    builder = BUILDERS[kind]
    structure = builder.build(exact.vectors)
    bytes_per_vector = round(_n_bytes(structure) / exact.size, 1)
    index = exact.with_approximate(structure, IndexRecord.unmeasured(kind, builder.candidates))
    measurements = []
    for parameter in builder.grid(index.max_search_parameter):
        index = index.with_record(replace(index.record, search_parameter=parameter))
        recall = sample.recall(index)
        ms = round(sample.median_ms(index), 4)
        measurements.append(IndexMeasurement(kind, parameter, round(recall, 4), ms, bytes_per_vector))
        if recall >= TUNED_TO:
            break
    return index, measurements


def _n_bytes(structure: Any) -> int:
    """Return how long the file of a FAISS index is, without a copy of the index in memory."""
    n = 0

    def count(part: bytes) -> None:
        nonlocal n
        n += len(part)

    faiss.write_index(structure, faiss.PyCallbackIOWriter(count))
    return n


def complete_record(
    index: VectorIndex,
    exact: VectorIndex,
    tuning: FloatArray,
    held_out: FloatArray,
    curve: tuple[IndexMeasurement, ...],
) -> VectorIndex:
    """Return a tuned index with the rest of its record.

    `tuning` are the queries that choose the parameters of filtered searches; `held_out` are those on
    which the recall is measured, both neutral and of shape (n, dim). `curve` is recorded as it is.
    """
    filtered, exact_up_to = _tune_filters(index, exact, tuning[:_FILTER_QUERIES])
    record = replace(
        index.record,
        filtered=filtered,
        exact_up_to=exact_up_to,
        recall_at_10=round(RecallSample.of(exact, held_out).recall(index), 4),
        recall_queries=len(held_out),
        curve=curve,
    )
    return index.with_record(record)


def _tune_filters(
    index: VectorIndex, exact: VectorIndex, queries: FloatArray
) -> tuple[tuple[FilteredSearch, ...], int]:
    """Return the search parameter for each share of paragraphs that a filter keeps, and up to how many to scan.

    Shares fall until scanning the paragraphs that are kept is no slower than the approximate search.
    """
    tuned: list[FilteredSearch] = []
    parameter, max_parameter = index.record.search_parameter, index.max_search_parameter
    for share in _FILTER_SHARES:
        sample = RecallSample.of(exact, queries, list(_masks(exact.size, share)))
        scan_ms = sample.median_ms(exact)
        trial = _with_filtered(index, share, parameter)
        while parameter < max_parameter and sample.recall(trial) < TUNED_TO:
            parameter = min(max_parameter, max(parameter + 1, parameter * 4 // 3))
            trial = _with_filtered(index, share, parameter)
        if sample.median_ms(trial) >= scan_ms:
            break
        tuned.append(FilteredSearch(share, parameter))
    return tuple(tuned), int((tuned[-1].share if tuned else 1) * exact.size) - 1


def _with_filtered(index: VectorIndex, share: float, parameter: int) -> VectorIndex:
    return index.with_record(replace(index.record, filtered=(FilteredSearch(share, parameter),)))


def _masks(n: int, share: float) -> Iterator[Mask]:
    """Yield filters that keep `share` of `n` rows: three of neighbouring rows, one of scattered rows.

    Rows follow article ids, and neighbours often have one source or day, as the results of real filters do.
    """
    rng = np.random.default_rng(_MASK_SEED)
    n_kept = max(1, int(share * n))
    for start in (0, (n - n_kept) // 2, n - n_kept):
        neighbours = np.zeros(n, dtype=np.bool_)
        neighbours[start : start + n_kept] = True
        yield neighbours
    scattered = np.zeros(n, dtype=np.bool_)
    scattered[rng.permutation(n)[:n_kept]] = True
    yield scattered
