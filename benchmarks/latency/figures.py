"""From raw records to figures: percentiles, and ratios with their range over rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from benchmarks.harness.statistics import (
    LatencySummary,
    MedianWithRange,
    histogram_of,
    median_with_range,
    percentile,
    summarise,
)
from benchmarks.latency.floor import FloorRound
from benchmarks.latency.records import FilterRecord, FloorMeasure, Records, Round
from benchmarks.latency.run import REFERENCE_CLIENTS
from benchmarks.load.closed_loop import total_errors
from benchmarks.load.levels import ClosedLevel, OpenLevel, ServerUse
from indexer.snapshot.search.search import TIMED_STAGES

MANY_CLIENTS = 64


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """One number of clients over all rounds; `errors` are sums, `cpu_ms` is CPU time in milliseconds a request."""

    clients: int
    throughput: MedianWithRange
    mean: MedianWithRange
    p50: MedianWithRange
    p90: MedianWithRange
    p99: MedianWithRange
    p99_9: MedianWithRange
    errors: dict[str, int]
    cpu_ms: MedianWithRange | None
    pss_bytes: int | None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One offered rate; `lag_p99_ms` is the delay inside the generator, which is part of every latency."""

    rate: float
    answered_per_s: float
    latency: LatencySummary | None
    errors: dict[str, int]
    lag_p99_ms: float
    cpu_ms: float | None
    connections: int


@dataclass(frozen=True, slots=True)
class FilterRow:
    """Searches with one filter: recall@10, server-side median in milliseconds, and ratios to the same without it."""

    label: str
    share: float
    recall_mean: float
    recall_least: float
    total_p50_ms: float
    total_ratio: float
    search_ratio: float


@dataclass(frozen=True, slots=True)
class Stages:
    """Time of each stage of a search: medians in milliseconds over all rounds."""

    encode: float
    search: float
    fetch: float
    total: float
    http: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows; a ratio is None if a level that it needs was not measured."""

    stages: Stages
    floor_encode_ms: MedianWithRange
    floor_index_ms: MedianWithRange
    encoder_per_s: MedianWithRange
    closed: list[ClosedRow]
    open: list[OpenRow]
    recall_mean: float
    recall_least: float
    filters: list[FilterRow]
    ratios: dict[str, MedianWithRange | None]


SERVER_OVER_FLOOR = "server-side p50 / floor"
HTTP_OVER_FLOOR = "HTTP p50 at 1 client / floor"
OVER_ENCODER = f"throughput at {REFERENCE_CLIENTS} clients / encoder alone on all cores"
TAIL = f"p99 / p50 at {REFERENCE_CLIENTS} clients"
SCALING = f"throughput at {MANY_CLIENTS} clients / at {REFERENCE_CLIENTS}"


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    singles = [measure.single for measure in records.floors]
    return Figures(
        stages=_stages(records.rounds),
        floor_encode_ms=median_with_range([median(single.encode_ms) for single in singles]),
        floor_index_ms=median_with_range([median(single.index_ms) for single in singles]),
        encoder_per_s=median_with_range([measure.all_cores.per_second for measure in records.floors]),
        closed=_closed([level for round_ in records.rounds for level in round_.closed]),
        open=[_open(level) for level in records.open],
        recall_mean=fmean(records.recall),
        recall_least=min(records.recall),
        filters=[_filter(record) for record in records.filters],
        ratios=ratios(records),
    )


def ratios(records: Records) -> dict[str, MedianWithRange | None]:
    """Return the ratios that are comparable between machines, each computed within rounds.

    A round is compared with the mean of the floors before and after it, so that a machine that becomes
    slower during the run slows both sides.
    """
    names = (SERVER_OVER_FLOOR, HTTP_OVER_FLOOR, OVER_ENCODER, TAIL, SCALING)
    values: dict[str, list[float]] = {name: [] for name in names}
    around = zip(records.floors[:-1], records.floors[1:], strict=True)
    for round_, (before, after) in zip(records.rounds, around, strict=True):
        floor_ms = fmean([floor_p50(before.single), floor_p50(after.single)])
        values[SERVER_OVER_FLOOR].append(median(round_.timings.total) / floor_ms)
        loads = {level.load.clients: level.load for level in round_.closed if level.load.latencies_us}
        latencies = {clients: load.latency() for clients, load in loads.items()}
        if 1 in latencies:
            values[HTTP_OVER_FLOOR].append(latencies[1].p50 / floor_ms)
        if REFERENCE_CLIENTS in latencies:
            reached = loads[REFERENCE_CLIENTS].throughput
            values[OVER_ENCODER].append(reached / _encoder_per_s(before, after))
            values[TAIL].append(latencies[REFERENCE_CLIENTS].p99 / latencies[REFERENCE_CLIENTS].p50)
            if MANY_CLIENTS in latencies:
                values[SCALING].append(loads[MANY_CLIENTS].throughput / reached)
    return {name: median_with_range(some) if some else None for name, some in values.items()}


def floor_p50(single: FloorRound) -> float:
    """Return the floor in milliseconds: median of the encoder alone and median of the index alone."""
    return median(single.encode_ms) + median(single.index_ms)


def _encoder_per_s(before: FloorMeasure, after: FloorMeasure) -> float:
    return fmean([before.all_cores.per_second, after.all_cores.per_second])


def _stages(rounds: Sequence[Round]) -> Stages:
    def median_of(stage: str) -> float:
        return float(median(value for round_ in rounds for value in getattr(round_.timings, stage)))

    return Stages(*map(median_of, (*TIMED_STAGES, "http")))


def _closed(levels: Sequence[ClosedLevel]) -> list[ClosedRow]:
    rows = []
    for clients in sorted({level.load.clients for level in levels}):
        some = [level for level in levels if level.load.clients == clients and level.load.latencies_us]
        if not some:
            continue
        latencies = [level.load.latency() for level in some]
        cpu = [_cpu_ms(level.server, level.load.requests) for level in some if level.server]
        rows.append(
            ClosedRow(
                clients=clients,
                throughput=median_with_range([level.load.throughput for level in some]),
                mean=median_with_range([latency.mean for latency in latencies]),
                p50=median_with_range([latency.p50 for latency in latencies]),
                p90=median_with_range([latency.p90 for latency in latencies]),
                p99=median_with_range([latency.p99 for latency in latencies]),
                p99_9=median_with_range([latency.p99_9 for latency in latencies]),
                errors=total_errors(level.load for level in some),
                cpu_ms=median_with_range(cpu) if cpu else None,
                pss_bytes=max((level.server.after.pss_bytes for level in some if level.server), default=None),
            )
        )
    return rows


def _open(level: OpenLevel) -> OpenRow:
    load = level.load
    answered = len(load.latencies_ms)
    return OpenRow(
        rate=load.rate,
        answered_per_s=answered / load.duration_s if load.duration_s else 0.0,
        latency=summarise(histogram_of(load.latencies_ms)) if answered else None,
        errors=load.errors,
        lag_p99_ms=percentile(histogram_of(load.lag_ms), 99.0) if load.lag_ms else 0.0,
        cpu_ms=_cpu_ms(level.server, answered) if level.server and answered else None,
        connections=load.connections,
    )


def _filter(record: FilterRecord) -> FilterRow:
    filtered, unfiltered = record.filtered, record.unfiltered
    return FilterRow(
        label=record.condition.label,
        share=record.condition.share,
        recall_mean=fmean(record.recall),
        recall_least=min(record.recall),
        total_p50_ms=median(filtered.total),
        total_ratio=median(filtered.total) / median(unfiltered.total),
        search_ratio=median(filtered.search) / median(unfiltered.search),
    )


def _cpu_ms(server: ServerUse, requests: int) -> float:
    return 1000 * server.cpu_s / max(requests, 1)
