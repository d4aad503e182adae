"""From raw records to figures: those of each system, and ratios between khabar and a peer within each round."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from benchmarks.harness.statistics import MedianWithRange, median_with_range
from benchmarks.load.closed_loop import ClosedLoad, total_errors
from benchmarks.peers.run import Records

KHABAR = "khabar"


@dataclass(frozen=True, slots=True)
class Row:
    """One system at one number of clients, over all rounds; milliseconds."""

    system: str
    clients: int
    throughput: MedianWithRange
    p50: MedianWithRange
    p99: MedianWithRange
    errors: dict[str, int]
    pss_bytes: int | None
    rss_bytes: int | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """khabar's figure divided by a peer's, computed within each round."""

    peer: str
    clients: int
    p50: MedianWithRange
    throughput: MedianWithRange


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows; `recall` is the mean over queries."""

    rows: list[Row]
    ratios: list[Ratio]
    recall: dict[str, float]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    loads = _loads(records)
    systems = list(dict.fromkeys(system for _, system, _ in loads))
    clients = sorted({n for _, _, n in loads})
    return Figures(
        rows=[row for system in systems for n in clients if (row := _row(records, system, n))],
        ratios=[
            ratio
            for peer in systems
            if peer != KHABAR
            for n in clients
            if (ratio := _ratio(records, peer, n)) is not None
        ],
        recall={name: fmean(values) for name, values in records.recall.items() if values},
    )


def _loads(records: Records) -> dict[tuple[int, str, int], ClosedLoad]:
    """Return loads by round, system and number of clients, without loads that have no answer."""
    return {
        (number, turn.system, level.load.clients): level.load
        for number, round_ in enumerate(records.rounds)
        for turn in round_
        for level in turn.levels
        if level.load.latencies_us
    }


def _row(records: Records, system: str, clients: int) -> Row | None:
    loads = [load for (_, name, n), load in _loads(records).items() if (name, n) == (system, clients)]
    if not loads:
        return None
    usages = [
        level.server.after
        for round_ in records.rounds
        for turn in round_
        for level in turn.levels
        if turn.system == system and level.load.clients == clients and level.server
    ]
    latencies = [load.latency() for load in loads]
    return Row(
        system=system,
        clients=clients,
        throughput=median_with_range([load.throughput for load in loads]),
        p50=median_with_range([latency.p50 for latency in latencies]),
        p99=median_with_range([latency.p99 for latency in latencies]),
        errors=total_errors(loads),
        pss_bytes=max((usage.pss_bytes for usage in usages), default=None),
        rss_bytes=max((usage.rss_bytes for usage in usages), default=None),
    )


def _ratio(records: Records, peer: str, clients: int) -> Ratio | None:
    pairs = list(_pairs(records, peer, clients))
    if not pairs:
        return None
    return Ratio(
        peer,
        clients,
        p50=median_with_range([ours.latency().p50 / theirs.latency().p50 for ours, theirs in pairs]),
        throughput=median_with_range([ours.throughput / theirs.throughput for ours, theirs in pairs]),
    )


def _pairs(records: Records, peer: str, clients: int) -> Iterator[tuple[ClosedLoad, ClosedLoad]]:
    """Yield khabar's and the peer's load of each round in which both gave good answers."""
    loads = _loads(records)
    for number in range(len(records.rounds)):
        ours, theirs = loads.get((number, KHABAR, clients)), loads.get((number, peer, clients))
        if ours and theirs and ours.throughput and theirs.throughput:
            yield ours, theirs
