"""From raw records to figures: percentiles, and ratios with their spread over rounds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, median

from benchmarks.latency.floor import FloorRound
from benchmarks.latency.records import ClosedLevel, FilterRecord, FloorMeasure, OpenLevel, Records, Round, Spent
from benchmarks.latency.run import REFERENCE_CLIENTS

PERCENTILES = (50.0, 90.0, 99.0, 99.9)
MANY_CLIENTS = 64


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles and mean of `n` latencies, in milliseconds; a percentile is one of the latencies."""

    n: int
    mean: float
    p50: float
    p90: float
    p99: float
    p99_9: float


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over rounds: median, least and greatest."""

    median: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """One number of clients, over all rounds; `errors` are sums, CPU is milliseconds a request."""

    clients: int
    throughput: Spread
    mean: Spread
    p50: Spread
    p90: Spread
    p99: Spread
    p99_9: Spread
    errors: dict[str, int]
    cpu_ms: Spread | None
    pss_bytes: int | None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One offered rate; `lag_p99_ms` is the generator's own delay, which is part of every latency."""

    rate: float
    answered_per_s: float
    latency: Latency | None
    errors: dict[str, int]
    lag_p99_ms: float
    cpu_ms: float | None
    connections: int


@dataclass(frozen=True, slots=True)
class FilterRow:
    """Searches with one filter: recall@10, server-side median, and that over the median without filter."""

    label: str
    share: float
    recall_mean: float
    recall_least: float
    total_p50_ms: float
    total_ratio: float
    search_ratio: float


@dataclass(frozen=True, slots=True)
class Stages:
    """Where the time of a search goes: medians in milliseconds over all rounds."""

    encode: float
    search: float
    fetch: float
    total: float
    http: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows; ratios are None where a level they need was not measured."""

    stages: Stages
    floor_encode_ms: Spread
    floor_index_ms: Spread
    encoder_per_s: Spread
    closed: list[ClosedRow]
    open: list[OpenRow]
    recall_mean: float
    recall_least: float
    filters: list[FilterRow]
    ratios: dict[str, Spread | None]


SERVER_OVER_FLOOR = "server-side p50 / floor"
HTTP_OVER_FLOOR = "HTTP p50 at 1 client / floor"
OVER_ENCODER = f"throughput at {REFERENCE_CLIENTS} clients / encoder alone on all cores"
TAIL = f"p99 / p50 at {REFERENCE_CLIENTS} clients"
SCALING = f"throughput at {MANY_CLIENTS} clients / at {REFERENCE_CLIENTS}"


def percentile(histogram: Sequence[tuple[float, int]], percent: float) -> float:
    """Return the least value of an ascending histogram that `percent` of all entries do not exceed."""
    total = sum(count for _, count in histogram)
    # Rounded first: 99.9 % of 1,000 is 999, and floating point makes a little more of it.
    place, seen = ceil(round(percent * total / 100, 6)), 0
    for value, count in histogram:
        seen += count
        if seen >= place:
            return value
    raise ValueError("the histogram is empty")


def summary(histogram: Sequence[tuple[float, int]]) -> Latency:
    """Return percentiles and mean of an ascending histogram of milliseconds with counts."""
    n = sum(count for _, count in histogram)
    mean = sum(value * count for value, count in histogram) / n
    return Latency(n, mean, *(percentile(histogram, percent) for percent in PERCENTILES))


def histogram_of(values: Iterable[float]) -> list[tuple[float, int]]:
    """Return values with their counts, ascending."""
    return sorted(Counter(values).items())


def spread(values: Sequence[float]) -> Spread:
    """Return median, least and greatest of one value a round."""
    return Spread(median(values), min(values), max(values), len(values))


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    singles = [measure.single for measure in records.floors]
    return Figures(
        stages=_stages(records.rounds),
        floor_encode_ms=spread([median(single.encode_ms) for single in singles]),
        floor_index_ms=spread([median(single.index_ms) for single in singles]),
        encoder_per_s=spread([measure.all_cores.per_second for measure in records.floors]),
        closed=_closed([level for round_ in records.rounds for level in round_.closed]),
        open=[_open(level) for level in records.open],
        recall_mean=fmean(records.recall),
        recall_least=min(records.recall),
        filters=[_filter(record) for record in records.filters],
        ratios=ratios(records),
    )


def ratios(records: Records) -> dict[str, Spread | None]:
    """Return the ratios that carry over from one machine to another, each computed within rounds.

    What a round is compared with is the mean of the floor before it and after it: a machine that
    grows slower meanwhile slows both sides.
    """
    found: dict[str, list[float]] = {name: [] for name in (SERVER_OVER_FLOOR, HTTP_OVER_FLOOR, OVER_ENCODER, TAIL)}
    found[SCALING] = []
    around = zip(records.floors[:-1], records.floors[1:], strict=True)
    for round_, (before, after) in zip(records.rounds, around, strict=True):
        floor_ms = fmean([floor_p50(before.single), floor_p50(after.single)])
        found[SERVER_OVER_FLOOR].append(median(round_.timings.total) / floor_ms)
        loads = {level.load.clients: level.load for level in round_.closed if level.load.latencies_us}
        latencies = {clients: _latency(level) for clients, level in _by_clients(round_).items()}
        if 1 in latencies:
            found[HTTP_OVER_FLOOR].append(latencies[1].p50 / floor_ms)
        if REFERENCE_CLIENTS in latencies:
            reached = loads[REFERENCE_CLIENTS].throughput
            found[OVER_ENCODER].append(reached / _encoder_per_s(before, after))
            found[TAIL].append(latencies[REFERENCE_CLIENTS].p99 / latencies[REFERENCE_CLIENTS].p50)
            if MANY_CLIENTS in latencies:
                found[SCALING].append(loads[MANY_CLIENTS].throughput / reached)
    return {name: spread(values) if values else None for name, values in found.items()}


def floor_p50(single: FloorRound) -> float:
    """Return the floor in milliseconds: median of the encoder alone and median of the index alone."""
    return median(single.encode_ms) + median(single.index_ms)


def _encoder_per_s(before: FloorMeasure, after: FloorMeasure) -> float:
    return fmean([before.all_cores.per_second, after.all_cores.per_second])


def _by_clients(round_: Round) -> dict[int, ClosedLevel]:
    return {level.load.clients: level for level in round_.closed if level.load.latencies_us}


def _latency(level: ClosedLevel) -> Latency:
    return summary([(value / 1000, count) for value, count in level.load.latencies_us])


def _stages(rounds: Sequence[Round]) -> Stages:
    def middle(stage: str) -> float:
        return float(median(value for round_ in rounds for value in getattr(round_.timings, stage)))

    return Stages(middle("encode"), middle("search"), middle("fetch"), middle("total"), middle("http"))


def _closed(levels: Sequence[ClosedLevel]) -> list[ClosedRow]:
    rows = []
    for clients in sorted({level.load.clients for level in levels}):
        some = [level for level in levels if level.load.clients == clients and level.load.latencies_us]
        if not some:
            continue
        latencies = [_latency(level) for level in some]
        errors: Counter[str] = Counter()
        for level in some:
            errors.update({kind: count for kind, count in level.load.errors.items() if count})
        cpu = [_cpu_ms(level.server, level.load.requests) for level in some if level.server]
        rows.append(
            ClosedRow(
                clients=clients,
                throughput=spread([level.load.throughput for level in some]),
                mean=spread([found.mean for found in latencies]),
                p50=spread([found.p50 for found in latencies]),
                p90=spread([found.p90 for found in latencies]),
                p99=spread([found.p99 for found in latencies]),
                p99_9=spread([found.p99_9 for found in latencies]),
                errors=dict(errors),
                cpu_ms=spread(cpu) if cpu else None,
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
        latency=summary(histogram_of(load.latencies_ms)) if answered else None,
        errors=load.errors,
        lag_p99_ms=percentile(histogram_of(load.lag_ms), 99.0) if load.lag_ms else 0.0,
        cpu_ms=_cpu_ms(level.server, answered) if level.server and answered else None,
        connections=load.connections,
    )


def _filter(record: FilterRecord) -> FilterRow:
    with_it, without = record.filtered, record.unfiltered
    return FilterRow(
        label=record.condition.label,
        share=record.condition.share,
        recall_mean=fmean(record.recall),
        recall_least=min(record.recall),
        total_p50_ms=median(with_it.total),
        total_ratio=median(with_it.total) / median(without.total),
        search_ratio=median(with_it.search) / median(without.search),
    )


def _cpu_ms(server: Spent, requests: int) -> float:
    return 1000 * server.cpu_s / max(requests, 1)
