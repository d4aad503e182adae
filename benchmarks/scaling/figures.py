"""From raw records to figures: one row for each kind of index at each size."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.harness.statistics import histogram_of, percentile
from benchmarks.scaling.kinds import Kind, SearchMeasurements
from benchmarks.scaling.records import Outcome, Records

_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One kind at one size, searched on one thread with the chosen search parameter `effort`.

    `index_bytes` is the size of what has to stay in memory: the index, or the vectors for exact search.
    `own_bytes` and `mapped_bytes` are the growth of the process from before it opened the index until it
    had answered all queries. `again` are the times of queries that were sent a second time.
    """

    kind: Kind
    size: int
    build_s: float | None
    index_bytes: int
    bytes_per_vector: float
    own_bytes: int
    mapped_bytes: int
    effort: int
    first_p50_ms: float
    first_p99_ms: float
    again_p50_ms: float
    again_p99_ms: float
    recall_at_10: float
    headline_recall_at_10: float
    queries: int


@dataclass(frozen=True, slots=True)
class SkippedKind:
    """One kind at one size that was not measured, and the reason."""

    kind: Kind
    size: int
    reason: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    rows: list[Row]
    skipped: list[SkippedKind]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    return Figures(
        rows=[
            row(outcome, outcome.searched, records.source.dim)
            for outcome in records.outcomes
            if outcome.searched is not None
        ],
        skipped=[
            SkippedKind(outcome.kind, outcome.size, outcome.skipped)
            for outcome in records.outcomes
            if outcome.skipped is not None
        ],
    )


def row(outcome: Outcome, searched: SearchMeasurements, dim: int) -> Row:
    """Return the figures of one kind at one size."""
    index_bytes = outcome.built.index_bytes if outcome.built else outcome.size * dim * _FLOAT_BYTES
    first_p50, first_p99 = p50_and_p99(searched.first_ms)
    again_p50, again_p99 = p50_and_p99(searched.again_ms)
    return Row(
        kind=outcome.kind,
        size=outcome.size,
        build_s=outcome.built.seconds if outcome.built else None,
        index_bytes=index_bytes,
        bytes_per_vector=index_bytes / outcome.size,
        own_bytes=searched.after.own_bytes - searched.before.own_bytes,
        mapped_bytes=searched.after.mapped_bytes - searched.before.mapped_bytes,
        effort=searched.effort,
        first_p50_ms=first_p50,
        first_p99_ms=first_p99,
        again_p50_ms=again_p50,
        again_p99_ms=again_p99,
        recall_at_10=fmean(searched.recall),
        headline_recall_at_10=fmean(searched.headline_recall),
        queries=len(searched.recall),
    )


def p50_and_p99(times_ms: Sequence[float]) -> tuple[float, float]:
    """Return the 50th and the 99th percentile."""
    histogram = histogram_of(times_ms)
    return percentile(histogram, 50), percentile(histogram, 99)
