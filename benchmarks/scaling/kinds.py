"""One kind of index at one size: built in one process, searched in another, as a night and a day are."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import faiss
import numpy as np

from benchmarks.scaling.vectors import RECALL_AT, Asked, layout_of, read_asked
from indexer.reporting.stages import peak_rss_bytes
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import ApproximateKind, Rows, VectorIndex, limit_threads
from indexer.vectors.index_choice import CANDIDATES, TUNED_TO, build_kind, efforts

Kind = Literal["exact", "ivf-sq8", "ivf-pq4", "hnsw-sq8"]
KINDS: tuple[Kind, ...] = ("exact", "ivf-sq8", "ivf-pq4", "hnsw-sq8")
COMPRESSED: tuple[Kind, ...] = ("ivf-sq8", "ivf-pq4")

TUNING = 200
"""Queries that choose the effort; those after them are measured."""

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Built:
    """Seconds to build, size of the index beside the vectors, and the most the process held.

    That counts pages of the mapped vectors too, which the system takes back when it needs them.
    """

    seconds: float
    index_bytes: int
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory: the process's own, and pages mapped from files."""

    own_bytes: int
    mapped_bytes: int


@dataclass(frozen=True, slots=True)
class Step:
    """Recall@10 and median milliseconds at one effort, on the queries that choose it."""

    effort: int
    recall_at_10: float
    ms_per_query: float


@dataclass(frozen=True, slots=True)
class Searched:
    """Searches on one thread at the chosen effort.

    `first_ms` are those of queries asked for the first time, `again_ms` of the same ones once
    more; recall@10 is that of each query and each headline.
    """

    effort: int
    steps: list[Step]
    first_ms: list[float]
    again_ms: list[float]
    recall: list[float]
    headline_recall: list[float]
    before: Memory
    after: Memory


def build(kind: ApproximateKind, folder: Path, size: int) -> Built:
    """Build an index over the vectors of one size and write it beside them."""
    layout = layout_of(folder, size)
    limit_threads()  # as khabar does: a graph on one thread; lists take all cores by themselves
    mapped = VectorIndex.open(layout, IndexRecord.exact())
    started = time.perf_counter()
    structure = build_kind(kind, mapped.vectors)
    seconds = time.perf_counter() - started
    faiss.write_index(structure, str(layout.approximate))
    return Built(round(seconds, 2), layout.approximate.stat().st_size, peak_rss_bytes())


def search(kind: Kind, folder: Path, size: int) -> Searched:
    """Open what was built, raise its effort until the recall is there, and ask the other queries."""
    limit_threads()
    queries, of_headlines = read_asked(folder, size)
    tuning, others = Asked(queries.vectors[:TUNING], queries.truth[:TUNING]), queries.vectors[TUNING:]
    before = memory()
    steps: list[Step] = []
    if kind == "exact":
        index = VectorIndex.open(layout_of(folder, size), IndexRecord.exact())
    else:
        index, steps = tuned(kind, folder, size, tuning)
    first, found = ask(index, others)
    again, _ = ask(index, others)
    _, found_for_headlines = ask(index, of_headlines.vectors)
    return Searched(
        effort=index.record.search_parameter,
        steps=steps,
        first_ms=first,
        again_ms=again,
        recall=recall(found, queries.truth[TUNING:]),
        headline_recall=recall(found_for_headlines, of_headlines.truth),
        before=before,
        after=memory(),
    )


def tuned(kind: ApproximateKind, folder: Path, size: int, asked: Asked) -> tuple[VectorIndex, list[Step]]:
    """Return the index at the least effort that khabar would be content with, and each step to it."""
    layout = layout_of(folder, size)
    record = IndexRecord(kind, CANDIDATES[kind], 1, (), 0, 0.0, 0, ())
    index = VectorIndex.open(layout, record)
    steps: list[Step] = []
    for effort in efforts(kind, index.most_effort):
        index = index.recorded(replace(record, search_parameter=effort))
        times, found = ask(index, asked.vectors)
        reached = float(np.mean(recall(found, asked.truth)))
        steps.append(Step(effort, round(reached, 4), round(float(np.median(times)), 4)))
        if reached >= TUNED_TO:
            break
    return index, steps


def ask(index: VectorIndex, queries: FloatArray) -> tuple[list[float], list[Rows]]:
    """Return milliseconds and the ten rows found, for each query."""
    times, found = [], []
    for query in queries:
        started = time.perf_counter()
        rows, _ = index.search(query, RECALL_AT)
        times.append(round(1000 * (time.perf_counter() - started), 4))
        found.append(rows)
    return times, found


def recall(found: Sequence[Rows], truth: Rows) -> list[float]:
    """Return the share of the true rows that was found, for each query."""
    return [len(np.intersect1d(rows, true)) / len(true) for rows, true in zip(found, truth, strict=True)]


def memory() -> Memory:
    """Return what this process holds now."""
    lines = (line.split() for line in _STATUS.read_text(encoding="ascii").splitlines())
    sizes = {words[0]: 1024 * int(words[1]) for words in lines if words[-1] == "kB"}
    return Memory(sizes["RssAnon:"], sizes["RssFile:"])
