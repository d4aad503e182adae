"""One kind of index at one size: built in one process and searched in another, as by a build and a service."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import faiss
import numpy as np

from benchmarks.harness.resident_memory import ResidentMemory, resident_memory
from benchmarks.scaling.vectors import QueriesWithTruth, layout_of, read_queries
from indexer.reporting.stages import peak_rss_bytes
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.record import ApproximateKind, IndexRecord
from indexer.snapshot.index.vector_index import VectorIndex, limit_threads
from indexer.vectors.kinds import BUILDERS
from indexer.vectors.recall import RECALL_AT, recall_of_scores
from indexer.vectors.tuning import TUNED_TO

Kind = Literal["exact", "ivf-sq8", "ivf-pq4", "hnsw-sq8"]
KINDS: tuple[Kind, ...] = ("exact", "ivf-sq8", "ivf-pq4", "hnsw-sq8")
COMPRESSED: tuple[Kind, ...] = ("ivf-sq8", "ivf-pq4")

TUNING = 200
"""Number of queries that choose the search parameter; the queries after them are measured."""


@dataclass(frozen=True, slots=True)
class IndexBuild:
    """Seconds to build an index, its size without the vectors, and the peak memory of the process.

    The peak includes pages of the mapped vectors, which the system can free when it needs memory.
    """

    seconds: float
    index_bytes: int
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class TuningStep:
    """Recall@10 and median milliseconds with one search parameter, on the queries that choose it."""

    effort: int
    recall_at_10: float
    ms_per_query: float


@dataclass(frozen=True, slots=True)
class SearchMeasurements:
    """Searches on one thread with the chosen search parameter `effort`.

    `first_ms` are the times of queries sent for the first time, `again_ms` those of the same queries sent
    again. `recall` and `headline_recall` are recall@10 of each query and of each headline.
    """

    effort: int
    steps: list[TuningStep]
    first_ms: list[float]
    again_ms: list[float]
    recall: list[float]
    headline_recall: list[float]
    before: ResidentMemory
    after: ResidentMemory


def build(kind: ApproximateKind, folder: Path, size: int) -> IndexBuild:
    """Build an index over the vectors of one size and write it beside them."""
    layout = layout_of(folder, size)
    limit_threads()  # as in a build: a graph is built on one thread, lists use all cores
    mapped = VectorIndex.open(layout, IndexRecord.exact())
    started = time.perf_counter()
    structure = BUILDERS[kind].build(mapped.vectors)
    seconds = time.perf_counter() - started
    faiss.write_index(structure, str(layout.approximate))
    return IndexBuild(round(seconds, 2), layout.approximate.stat().st_size, peak_rss_bytes())


def search(kind: Kind, folder: Path, size: int) -> SearchMeasurements:
    """Open an index, raise its search parameter until recall suffices, and search the other queries."""
    limit_threads()
    queries, of_headlines = read_queries(folder, size)
    tuning = QueriesWithTruth(queries.vectors[:TUNING], queries.tenth_best[:TUNING])
    others = queries.vectors[TUNING:]
    before = resident_memory()
    steps: list[TuningStep] = []
    if kind == "exact":
        index = VectorIndex.open(layout_of(folder, size), IndexRecord.exact())
    else:
        index, steps = tune(kind, folder, size, tuning)
    first, found = time_queries(index, others)
    again, _ = time_queries(index, others)
    _, found_for_headlines = time_queries(index, of_headlines.vectors)
    return SearchMeasurements(
        effort=index.record.search_parameter,
        steps=steps,
        first_ms=first,
        again_ms=again,
        recall=recall(found, queries.tenth_best[TUNING:]),
        headline_recall=recall(found_for_headlines, of_headlines.tenth_best),
        before=before,
        after=resident_memory(),
    )


def tune(
    kind: ApproximateKind, folder: Path, size: int, queries: QueriesWithTruth
) -> tuple[VectorIndex, list[TuningStep]]:
    """Return the index with the smallest search parameter that a build would choose, and each step to it."""
    layout = layout_of(folder, size)
    record = IndexRecord.unmeasured(kind, BUILDERS[kind].candidates)
    index = VectorIndex.open(layout, record)
    steps: list[TuningStep] = []
    for search_parameter in BUILDERS[kind].grid(index.max_search_parameter):
        index = index.with_record(replace(record, search_parameter=search_parameter))
        times, found = time_queries(index, queries.vectors)
        recall_at_10 = float(np.mean(recall(found, queries.tenth_best)))
        steps.append(TuningStep(search_parameter, round(recall_at_10, 4), round(float(np.median(times)), 4)))
        if recall_at_10 >= TUNED_TO:
            break
    return index, steps


def time_queries(index: VectorIndex, queries: FloatArray) -> tuple[list[float], list[FloatArray]]:
    """Return milliseconds and the ten scores of each query."""
    times, found = [], []
    for query in queries:
        started = time.perf_counter()
        _, scores = index.search(query, RECALL_AT)
        times.append(round(1000 * (time.perf_counter() - started), 4))
        found.append(scores)
    return times, found


def recall(found: Sequence[FloatArray], tenth_best: FloatArray) -> list[float]:
    """Return the recall@10 of each query from the scores that it found."""
    return [recall_of_scores(scores, float(least)) for scores, least in zip(found, tenth_best, strict=True)]
