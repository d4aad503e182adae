"""Measures of search results with confidence intervals, computed from raw records."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import RR, R, nDCG
from scipy.stats import bootstrap, rankdata

from benchmarks.quality.run import DEPTH, Record

MEASURES = {"nDCG@10": nDCG @ 10, "recall@10": R @ 10, "recall@100": R @ 100, "MRR": RR}

_RESAMPLES = 2_000
_SEED = 20260101


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over queries with its 95 % confidence interval (bootstrap, 2,000 resamples)."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def per_query(records: Sequence[Record], measure: str) -> list[float]:
    """Return one value for each record, in order; a query without a hit or without an answer has the value 0."""
    qrels = [
        ir_measures.Qrel(str(row), name, grade)
        for row, record in enumerate(records)
        for name, grade in record.grades.items()
    ]
    run = [hit for row, record in enumerate(records) for hit in _ranking(str(row), record)]
    values = {result.query_id: result.value for result in ir_measures.iter_calc([MEASURES[measure]], qrels, run)}
    return [float(values.get(str(row), 0.0)) for row in range(len(records))]


def _ranking(name: str, record: Record) -> Iterable[ir_measures.ScoredDoc]:
    """Yield the first hundred ranks of a record: answers at their ranks, and placeholders at all other ranks."""
    by_rank = {rank: answer for answer, rank in record.ranks.items()}
    for rank in range(1, DEPTH + 1):
        yield ir_measures.ScoredDoc(name, by_rank.get(rank, f"_{rank}"), float(DEPTH - rank))


def figure(values: Sequence[float]) -> Figure:
    """Return the mean of values with its bootstrap interval, computed with a fixed seed."""
    return _resampled(np.asarray(values, dtype=np.float64), np.mean)


def _resampled(values: np.ndarray, statistic: Callable[..., np.floating]) -> Figure:
    mean = float(statistic(values))
    if len(values) < 2 or np.ptp(values) == 0:
        return Figure(mean, mean, mean, len(values))
    interval = bootstrap(
        (values,), statistic, n_resamples=_RESAMPLES, method="percentile", rng=np.random.default_rng(_SEED)
    ).confidence_interval
    return Figure(mean, float(interval.low), float(interval.high), len(values))


def own_language_share(records: Sequence[Record]) -> tuple[Figure, Figure]:
    """Return the shares of top-10 hits and of answers that are in the language of the query."""
    hits = [
        sum(language == record.query_language for language, _, _ in record.top) / len(record.top)
        for record in records
        if record.top
    ]
    answers = [
        sum(language == record.query_language for language in record.answer_languages) / len(record.answer_languages)
        for record in records
        if record.answer_languages
    ]
    return figure(hits), figure(answers)


@dataclass(frozen=True, slots=True)
class NoMatch:
    """How well the score of the best hit separates queries with an answer from queries without one.

    `auc` is the area under the ROC curve; `confident_answered` and `confident_unanswered` are the
    shares of queries with and without an answer whose result was `confident`.
    """

    auc: Figure
    confident_answered: float
    confident_unanswered: float


def no_match(records: Sequence[Record], *, by: str) -> NoMatch:
    """Measure the no-match signal, by "relevance" or by "score" of the best hit."""
    field = {"score": 1, "relevance": 2}[by]
    values = np.array([record.top[0][field] if record.top else 0.0 for record in records])
    answered = np.array([bool(record.grades) for record in records])
    confident = np.array([record.confident for record in records])
    rng = np.random.default_rng(_SEED)
    resampled = []
    for _ in range(_RESAMPLES):
        rows = rng.integers(0, len(records), len(records))
        if answered[rows].any() and not answered[rows].all():
            resampled.append(_auc(answered[rows], values[rows]))
    low, high = np.quantile(resampled, [0.025, 0.975])
    return NoMatch(
        auc=Figure(_auc(answered, values), float(low), float(high), len(records)),
        confident_answered=float(confident[answered].mean()),
        confident_unanswered=float(confident[~answered].mean()),
    )


def _auc(answered: npt.NDArray[np.bool_], values: npt.NDArray[np.float64]) -> float:
    """Return the area under the ROC curve from ranks (Mann-Whitney statistic), which is fast to resample."""
    n_answered = int(answered.sum())
    rank_sum = float(rankdata(values)[answered].sum())
    return (rank_sum - n_answered * (n_answered + 1) / 2) / (n_answered * (len(values) - n_answered))
