"""From raw records to figures: equal answers, shards over Ray beside one process, and what faults did."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.cluster.records import ClusterLevel, Comparison, EmbeddingRun, FaultKind, Phase, Records
from benchmarks.harness.statistics import MedianWithRange, median_with_range, percentile
from benchmarks.load.closed_loop import total_errors

MAX_SCORE_ERROR = 1e-6
MIN_FOUND = 0.98
MAX_SWAP_P99 = 3.0


@dataclass(frozen=True, slots=True)
class ComparisonFigures:
    """How many answers of a divided store are equal to those of one piece; `found` is a share of first ten hits."""

    shards: int
    kinds: list[str]
    searches: int
    equal: int
    score_error: float
    found: float


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """Shards over Ray at one number of clients, over rounds; p50 and p99 in milliseconds.

    `added_ms` is the p50 less that of one process. Ratios divide by one process in the same round, `swap_p99_ratio`
    by the p99 without swaps; it is None where nothing was swapped.
    """

    shards: int
    replicas: int
    clients: int
    p50_ms: MedianWithRange
    p99_ms: MedianWithRange
    throughput: MedianWithRange
    added_ms: MedianWithRange
    throughput_ratio: MedianWithRange
    cpu_ratio: MedianWithRange
    swaps: int
    swap_p99_ratio: MedianWithRange | None
    errors: dict[str, int]


@dataclass(frozen=True, slots=True)
class EmbeddingFigures:
    """A build under faults. `again` is how many texts builds embedded that were in the cache; None without such a kill.

    `time_ratio` divides by the time of the undisturbed build, which has all processors for itself.
    """

    texts: int
    faults: dict[str, int]
    failures: int
    missing: int
    again: int | None
    differing: int
    smallest_cosine: float
    time_ratio: float


@dataclass(frozen=True, slots=True)
class PhaseFigures:
    """What a service answered while one thing happened; latencies in milliseconds, `whole_after_s` in seconds."""

    name: str
    replicas: int
    requests: int
    failed: int
    incomplete: int
    wrong: int
    whole_after_s: float
    p50_ms: float
    p99_ms: float
    max_ms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    paragraphs: int
    comparisons: list[ComparisonFigures]
    loads: list[LoadFigures]
    embedding: EmbeddingFigures | None
    phases: list[PhaseFigures]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    keys = dict.fromkeys((level.shards, level.replicas, level.load.clients) for level in records.levels)
    loads = [
        _load([each for each in records.levels if (each.shards, each.replicas, each.load.clients) == key])
        for key in keys
    ]
    return Figures(
        records.paragraphs,
        list(map(_comparison, records.comparisons)),
        loads,
        None if records.embedding is None else _embedding(records.embedding),
        list(map(_phase, records.phases)),
    )


def _comparison(one: Comparison) -> ComparisonFigures:
    n_first = sum(pair.n_first for pair in one.pairs)
    return ComparisonFigures(
        one.shards,
        one.kinds,
        len(one.pairs),
        sum(pair.is_equal for pair in one.pairs),
        max((pair.score_error for pair in one.pairs if pair.is_equal), default=0.0),
        sum(pair.found for pair in one.pairs) / n_first if n_first else 1.0,
    )


def _load(levels: Sequence[ClusterLevel]) -> LoadFigures:
    one = {level.round: level for level in levels if not level.on_ray}
    ray = {level.round: level for level in levels if level.on_ray and not level.swaps}
    swapped = {level.round: level for level in levels if level.on_ray and level.swaps}
    pairs = [(one[number], ray[number]) for number in sorted(ray)]
    first = levels[0]
    return LoadFigures(
        shards=first.shards,
        replicas=first.replicas,
        clients=first.load.clients,
        p50_ms=median_with_range([level.load.latency().p50 for level in ray.values()]),
        p99_ms=median_with_range([level.load.latency().p99 for level in ray.values()]),
        throughput=median_with_range([level.load.throughput for level in ray.values()]),
        added_ms=median_with_range([there.load.latency().p50 - here.load.latency().p50 for here, there in pairs]),
        throughput_ratio=median_with_range([there.load.throughput / here.load.throughput for here, there in pairs]),
        cpu_ratio=median_with_range([_cpu_ms(there) / _cpu_ms(here) for here, there in pairs]),
        swaps=sum(level.swaps for level in swapped.values()),
        swap_p99_ratio=median_with_range(
            [swapped[number].load.latency().p99 / ray[number].load.latency().p99 for number in sorted(swapped)]
        )
        if swapped
        else None,
        errors=total_errors(level.load for level in levels if level.on_ray),
    )


def _cpu_ms(level: ClusterLevel) -> float:
    return 1000 * level.cpu_s / level.load.requests


def _embedding(run: EmbeddingRun) -> EmbeddingFigures:
    builds_killed = [fault for fault in run.faults if fault.kind == FaultKind.BUILD]
    return EmbeddingFigures(
        texts=run.texts,
        faults=dict(Counter(fault.kind.value for fault in run.faults)),
        failures=len(run.failures),
        missing=run.texts - run.cached,
        again=builds_killed[-1].embedded + run.embedded_by_last - run.texts if builds_killed else None,
        differing=run.differing,
        smallest_cosine=run.smallest_cosine,
        time_ratio=run.wall_s / run.undisturbed_s,
    )


def _phase(phase: Phase) -> PhaseFigures:
    latencies = sorted(phase.latencies_ms.items())
    return PhaseFigures(
        phase.name,
        phase.replicas,
        phase.requests,
        phase.failed,
        phase.incomplete,
        phase.wrong,
        phase.whole_after_s,
        percentile(latencies, 50),
        percentile(latencies, 99),
        latencies[-1][0],
    )
