"""The floor: the least time that a search takes, and its true results, from parts of khabar without the service.

This is the only module of the benchmark that reads a snapshot. All functions take an open snapshot and run
in the process that opened it; `floor_process.py` starts that process beside the server's.
"""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.latency.filters import FilterColumns, FilterCondition, choose
from indexer.snapshot.content.corpus import NO_TIMESTAMP
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.filters import Allowed
from indexer.snapshot.index.vector_index import limit_threads
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.ranking import Group, Page, rank
from indexer.snapshot.text.language import detect_query_language
from search_api.schemas.schemas import SearchRequest
from search_api.search import encode

K = 10
"""Number of hits: the default of the service, and the depth of recall@10."""

_SAME_SCORE = 1e-5


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
        raw = snapshot.encoder.encode_queries([text])[0]
        encode_ms.append(_ms_since(started))
        language = detect_query_language(text)
        vector = snapshot.neutral.queries(raw, language)
        started = time.perf_counter()
        snapshot.index.search(vector, K, partial(_scale, snapshot, language))
        index_ms.append(_ms_since(started))
    return FloorRound(encode_ms, index_ms)


def encoder_throughput(snapshot: Snapshot, texts: Sequence[str], seconds: float) -> EncoderThroughput:
    """Encode queries on all cores for some seconds, with one caller a core."""
    threads = os.cpu_count() or 1
    started = time.perf_counter()

    def work(first: int) -> int:
        n = 0
        for text in islice(cycle(texts), first, None):
            snapshot.encoder.encode_queries([text])
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
        filters = SearchRequest.model_validate({"q": text, **condition.parameters}, strict=False).to_query().filters
        language = detect_query_language(text)
        vector = encode(snapshot, text, language)
        allowed = snapshot.filters.allowed(filters)
        rows = rank(snapshot, vector, language, Page(K, group=Group.NONE), allowed).rows
        found.append(
            share_of_best(rows, exact_scores(snapshot, vectors, vector, language), _allowed_rows(snapshot, allowed))
        )
    return found


def _allowed_rows(snapshot: Snapshot, allowed: Allowed | None) -> npt.NDArray[np.bool_] | None:
    """Return whether each paragraph passes the filter, by row, or None if all pass."""
    if allowed is None:
        return None
    rows = np.zeros(snapshot.index.size, dtype=np.bool_)
    for language, mask in allowed.masks.items():
        rows[snapshot.index.rows[language]] = mask
    return rows


def exact_vectors(snapshot: Snapshot) -> dict[str, FloatArray]:
    """Return the indexed vectors of each language, shape (n, dim), float32, in order of paragraph row."""
    return {language: index.vectors for language, index in snapshot.index.indexes.items()}


def exact_scores(
    snapshot: Snapshot, vectors: Mapping[str, FloatArray], vector: FloatArray, language: str
) -> npt.NDArray[np.float64]:
    """Return the score of every paragraph by brute force, shape (n_paragraphs,), by paragraph row."""
    languages = snapshot.corpus.paragraph_languages()
    scores = np.full(len(languages), -np.inf)
    for passage_language, some in vectors.items():
        scores[languages == passage_language] = (some @ vector) * _scale(snapshot, language, passage_language)
    return scores


def share_of_best(
    rows: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    allowed: npt.NDArray[np.bool_] | None = None,
    k: int = K,
) -> float:
    """Return the share of the true best `k` rows that is among the first `k` of `rows`; 1 if no row is allowed.

    A row counts if its true score reaches that of the k-th best, so the order of equal scores does not
    change recall. A row that is not allowed never counts.
    """
    scores = scores if allowed is None else np.where(allowed, scores, -np.inf)
    k = min(k, int(np.count_nonzero(scores > -np.inf)))
    if k == 0:
        return 1.0
    least = np.partition(scores, -k)[-k]
    return float(np.count_nonzero(scores[rows[:k]] >= least - _SAME_SCORE)) / k


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
        sources=columns.sources,
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
        CurvePoint(language, point.kind, point.effort, point.recall_at_10, point.ms_per_query)
        for language, record in snapshot.manifest.index.items()
        for point in record.curve
    ]


def _scale(snapshot: Snapshot, query_language: str, passage_language: str) -> float:
    return snapshot.manifest.calibration.scale(query_language, passage_language)


def _ms_since(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 4)
