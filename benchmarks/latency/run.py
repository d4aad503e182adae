"""One run: floor and closed loop in turns, then the open loop, recall and filters."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks.harness.errors import BenchmarkError
from benchmarks.latency.filters import NO_FILTER
from benchmarks.latency.floor import conditions, curve, encoder_throughput, floor_round
from benchmarks.latency.floor_process import FloorProcess
from benchmarks.latency.records import FilterRecord, FloorMeasure, Records, Round
from benchmarks.latency.timing import time_in_turns
from benchmarks.load.closed_loop import ClosedLoad, check_wrk, run_closed
from benchmarks.load.levels import ClosedLevel, OpenLevel, closed_level, open_level
from benchmarks.load.schedule import Arrivals, Schedule
from benchmarks.load.server import Server, is_answering, khabar_server
from benchmarks.load.workload import WorkloadQuery, search_path
from indexer.reporting.progress import Reporter

RATE_SHARES = (0.25, 0.5, 0.75, 0.9)
"""Open-loop rates, as shares of the closed-loop throughput at 16 clients."""

REFERENCE_CLIENTS = 16
_WARM_UP_S = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure.

    If `rates` is None, they are shares of the throughput of the closed loop. The first `timed` queries are
    used for the floor and for the server's own timings, the first `judged` ones for recall and filters.
    """

    clients: tuple[int, ...] = (1, 4, 16, 64)
    rates: tuple[float, ...] | None = None
    arrivals: Arrivals = "constant"
    seconds: float = 20.0
    rounds: int = 3
    timed: int = 300
    judged: int = 200


@contextmanager
def existing_or_new_server(url: str | None, store: Path, *, workers: int, cache: bool, log: Path) -> Iterator[Server]:
    """Yield the running server at `url`, or run one on the store if `url` is None."""
    if url is None:
        with khabar_server(store, workers=workers, cache=cache, log=log) as server:
            yield server
    elif is_answering(url, "/readyz"):
        yield Server(url.rstrip("/"))
    else:
        raise BenchmarkError(f"{url}/readyz does not answer with status 200")


class Run:
    """Measures one server, and the floor on the same machine."""

    def __init__(
        self, server: Server, floor: FloorProcess, queries: Sequence[WorkloadQuery], plan: Plan, reporter: Reporter
    ) -> None:
        check_wrk()
        if not queries:
            raise BenchmarkError("the query files contain no query")
        self._server, self._floor, self._plan, self._say = server, floor, plan, reporter.print_line
        self._texts = [query.text for query in queries]
        self._paths = [search_path(text) for text in self._texts]

    def records(self) -> Records:
        """Measure everything."""
        at_start = self._server.usage()
        self._warm_up()
        floors, rounds = [self._measure_floor()], []
        for number in range(1, self._plan.rounds + 1):
            self._say(f"round {number} of {self._plan.rounds}")
            rounds.append(self._measure_round())
            floors.append(self._measure_floor())
        return Records(
            cold_start_s=self._server.cold_start_s,
            at_start=at_start,
            floors=floors,
            rounds=rounds,
            open=[self._open_level(rate) for rate in self._rates(rounds)],
            recall=self._floor.recall(self._texts[: self._plan.judged], NO_FILTER),
            filters=list(self._filters()),
            curve=self._floor.run(curve),
        )

    def _warm_up(self) -> None:
        """Load the server and run the floor once, without counting anything."""
        self._say("warming up")
        run_closed(self._server.url, self._paths, clients=max(self._plan.clients), seconds=_WARM_UP_S)
        self._floor.run(floor_round, self._texts[:50])

    def _measure_floor(self) -> FloorMeasure:
        single = self._floor.run(floor_round, self._texts[: self._plan.timed])
        all_cores = self._floor.run(encoder_throughput, self._texts, self._plan.seconds / 2)
        return FloorMeasure(single, all_cores)

    def _measure_round(self) -> Round:
        timings = time_in_turns(self._server.url, [self._paths[: self._plan.timed]])[0]
        return Round(timings, [self._closed_level(clients) for clients in self._plan.clients])

    def _closed_level(self, clients: int) -> ClosedLevel:
        # The level with one client is compared with the floor, so both use the same queries.
        paths = self._paths[: self._plan.timed] if clients == 1 else self._paths
        level = closed_level(self._server, paths, clients=clients, seconds=self._plan.seconds)
        self._say(f"{clients} clients: {level.load.throughput:,.0f} requests/s")
        return level

    def _rates(self, rounds: Sequence[Round]) -> tuple[float, ...]:
        if self._plan.rates is not None:
            return self._plan.rates
        reached = throughput_at([level.load for round_ in rounds for level in round_.closed])
        return tuple(round(share * reached, 1) for share in RATE_SHARES)

    def _open_level(self, rate: float) -> OpenLevel:
        address = urlsplit(self._server.url)
        schedule = Schedule(
            host=address.hostname or "",
            port=address.port or 80,
            paths=self._paths,
            rate=rate,
            seconds=self._plan.seconds,
            arrivals=self._plan.arrivals,
        )
        level = open_level(self._server, schedule)
        self._say(f"{rate:,.1f} requests/s offered: {len(level.load.latencies_ms):,} of {level.load.sent:,} answered")
        return level

    def _filters(self) -> Iterator[FilterRecord]:
        texts = self._texts[: self._plan.judged]
        for condition in self._floor.run(conditions):
            self._say(f"filter: {condition.label}")
            filtered = [search_path(text, **condition.parameters) for text in texts]
            time_in_turns(self._server.url, [filtered[:10]])  # warms up the filter, whose mask the server keeps
            timings, unfiltered = time_in_turns(self._server.url, [filtered, self._paths[: len(texts)]])
            yield FilterRecord(condition, timings, unfiltered, self._floor.recall(texts, condition))


def throughput_at(loads: Sequence[ClosedLoad], clients: int = REFERENCE_CLIENTS) -> float:
    """Return the median throughput with `clients`, or with the nearest number of clients that was measured."""
    nearest = min({load.clients for load in loads}, key=lambda n: (abs(n - clients), n))
    return median(load.throughput for load in loads if load.clients == nearest)
