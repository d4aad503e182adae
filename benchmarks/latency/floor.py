"""The floor: the least time that a search takes, and its true results, from parts of khabar without the service.

This is the only module of the benchmark that reads a snapshot. All functions take an open snapshot and run
in the process that opened it; `floor_process.py` starts that process beside the server's.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.latency.filters import FilterColumns, FilterCondition, choose
from indexer.snapshot.content.columns import NO_TIMESTAMP
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.index.vector_index import limit_threads, usable_cores
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Mode, TextTarget
from indexer.snapshot.search.search import rank_paragraphs
from indexer.snapshot.search.understand import QueryVector, encode_text, understand
from indexer.snapshot.text.query_syntax import read_query
from indexer.vectors.recall import RECALL_AT, recall_of_rows
from search_api.schemas.request import SearchRequest


@dataclass(frozen=True, slots=True)
class FloorRound:
    """Milliseconds of each query in the encoder alone and in the index alone, on one thread, in order of query."""

    encode_ms: list[float]
    index_ms: list[float]


@dataclass(frozen=True, slots=True)
class EncoderThroughput:
    """Number of queries that the encoder alone encoded with `threads` concurrent callers."""

    threads: int
    queries: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Queries a second."""
        return self.queries / self.seconds


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One search parameter of an index, as the build measured it.

    `effort` is nprobe of inverted lists or efSearch of a graph; `ms_per_query` is on one thread.
    """

    language: str
    kind: str
    effort: int
    recall_at_10: float
    ms_per_query: float


def floor_round(snapshot: Snapshot, texts: Sequence[str]) -> FloorRound:
    """Time the encoder and the index on each query; the time between the two is not counted."""
    limit_threads()
    encode_ms, index_ms = [], []
    for text in texts:
        started = time.perf_counter()
        raw = encode_text(snapshot, text)
        encode_ms.append(_ms_since(started))
        query = understand(snapshot, TextTarget(text), {read_query(text).meant: raw}.__getitem__, Mode.SEMANTIC)
        started = time.perf_counter()
        rank_paragraphs(snapshot, query, RECALL_AT)
        index_ms.append(_ms_since(started))
    return FloorRound(encode_ms, index_ms)


def encoder_throughput(snapshot: Snapshot, texts: Sequence[str], seconds: float) -> EncoderThroughput:
    """Encode queries on all cores for some seconds, with one caller a core."""
    threads = usable_cores()
    started = time.perf_counter()

    def work(first: int) -> int:
        n = 0
        for text in islice(cycle(texts), first, None):
            snapshot.encoders.queries.encode_queries([text])
            n += 1
            if time.perf_counter() - started > seconds:
                break
        return n

    with ThreadPoolExecutor(threads) as pool:
        queries = sum(pool.map(work, [number * len(texts) // threads for number in range(threads)]))
    return EncoderThroughput(threads, queries, round(time.perf_counter() - started, 3))


def recall(
    snapshot: Snapshot, vectors: Mapping[str, FloatArray], texts: Sequence[str], condition: FilterCondition
) -> list[float]:
    """Return recall@10 of each query: the service's ranking of paragraphs compared with exact search."""
    limit_threads()
    found = []
    for text in texts:
        filters = SearchRequest.model_validate({"q": text, **condition.parameters}, strict=False).filters
        query = understand(snapshot, TextTarget(text), mode=Mode.SEMANTIC)
        passing = snapshot.filters.passing(filters)
        rows = rank_paragraphs(snapshot, query, RECALL_AT, None if passing is None else passing.masks).rows
        scores = exact_scores(snapshot, vectors, query)
        found.append(recall_of_rows(rows, scores, RECALL_AT, _passing_rows(snapshot, passing)))
    return found


def _passing_rows(snapshot: Snapshot, passing: PassingParagraphs | None) -> npt.NDArray[np.bool_] | None:
    """Return whether each paragraph passes the filter, by row, or None if all pass."""
    if passing is None:
        return None
    rows = np.zeros(snapshot.index.size, dtype=np.bool_)
    for language, mask in passing.masks.items():
        rows[snapshot.index.rows[language]] = mask
    return rows


def exact_vectors(snapshot: Snapshot) -> dict[str, FloatArray]:
    """Return the indexed vectors of each language, shape (n, dim), float32, in order of paragraph row."""
    return {language: index.vectors for language, index in snapshot.index.indexes.items()}


def exact_scores(snapshot: Snapshot, vectors: Mapping[str, FloatArray], query: QueryVector) -> npt.NDArray[np.float64]:
    """Return the score of every paragraph by brute force, shape (n_paragraphs,), by paragraph row."""
    languages, calibration = snapshot.corpus.paragraph_languages(), snapshot.manifest.calibration.of(query.length)
    scores = np.full(len(languages), -np.inf)
    for passage_language, some in vectors.items():
        scores[languages == passage_language] = (some @ query.vector) * calibration.scale(
            query.language, passage_language
        )
    return scores


def conditions(snapshot: Snapshot) -> list[FilterCondition]:
    """Return filters chosen from the corpus."""
    return choose(filter_columns(snapshot))


def filter_columns(snapshot: Snapshot) -> FilterColumns:
    """Return the fields that filters use, by paragraph."""
    columns = snapshot.corpus.columns
    article = columns.article_of_paragraph
    return FilterColumns(
        timestamps=columns.timestamp[article],
        has_date=columns.timestamp[article] != NO_TIMESTAMP,
        source=columns.source[article],
        sources=columns.sources.shown,
        language=columns.paragraph_language,
        languages=columns.languages,
    )


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """Return a description of the snapshot for the reader of a report."""
    counts = snapshot.manifest.counts
    return {
        "articles": counts.articles,
        "paragraphs": counts.paragraphs,
        "paragraphs_by_language": dict(counts.paragraphs_by_language),
        "model": snapshot.manifest.encoder.name,
        "query_encoder": snapshot.encoder_manifest.backend,
    }


def curve(snapshot: Snapshot) -> list[CurvePoint]:
    """Return the measurements from which the build chose the indexes; empty if every search is exact."""
    return [
        CurvePoint(language, point.kind, point.search_parameter, point.recall_at_10, point.ms_per_query)
        for language, record in snapshot.manifest.index.items()
        for point in record.curve
    ]


def _ms_since(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 4)
