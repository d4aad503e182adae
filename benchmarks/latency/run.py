"""The story of one run, top to bottom: floor and service in turns, then rates, filters and recall."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks.latency.closed_loop import ClosedLoad, LoadError, check_wrk, run_closed
from benchmarks.latency.filters import NOTHING
from benchmarks.latency.floor_process import FloorProcess
from benchmarks.latency.records import ClosedLevel, FilterRecord, FloorMeasure, OpenLevel, Records, Round, Spent
from benchmarks.latency.schedule import Arrivals, Schedule, run_open
from benchmarks.latency.server import Server, Usage, answers, khabar_server
from benchmarks.latency.timing import ask_all, ask_in_turns
from benchmarks.latency.workload import AskedQuery, search_path
from indexer.reporting.progress import Reporter

RATE_SHARES = (0.25, 0.5, 0.75, 0.9)
"""Open-loop rates, as shares of the closed-loop throughput at 16 clients."""

REFERENCE_CLIENTS = 16
_WARM_UP_S = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure.

    `rates` of None are the usual shares of what a closed loop reaches. `timed` queries are asked by
    the one client that reads the server's own times, and in the floor; `judged` ones for recall.
    """

    clients: tuple[int, ...] = (1, 4, 16, 64)
    rates: tuple[float, ...] | None = None
    arrivals: Arrivals = "constant"
    seconds: float = 20.0
    rounds: int = 3
    timed: int = 300
    judged: int = 200


@contextmanager
def served(url: str | None, store: Path, *, workers: int, cache: bool, log: Path) -> Iterator[Server]:
    """Yield a server at `url` that is running already, or run one over the store."""
    if url is None:
        with khabar_server(store, workers=workers, cache=cache, log=log) as server:
            yield server
    elif answers(url, "/readyz"):
        yield Server(url.rstrip("/"))
    else:
        raise LoadError(f"{url}/readyz does not answer that it is ready")


class Run:
    """Measures one server and the floor beside it."""

    def __init__(
        self, server: Server, floor: FloorProcess, queries: Sequence[AskedQuery], plan: Plan, reporter: Reporter
    ) -> None:
        check_wrk()
        if not queries:
            raise LoadError("there is no query to ask")
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
            open=[self._open(rate) for rate in self._rates(rounds)],
            recall=self._floor.recall(self._texts[: self._plan.judged], NOTHING),
            filters=list(self._filters()),
            curve=self._floor.curve(),
        )

    def _warm_up(self) -> None:
        """Let both sides do what they do once; nothing of it is counted."""
        self._say("warming up")
        run_closed(self._server.url, self._paths, clients=max(self._plan.clients), seconds=_WARM_UP_S)
        self._floor.round(self._texts[:50])

    def _measure_floor(self) -> FloorMeasure:
        single = self._floor.round(self._texts[: self._plan.timed])
        return FloorMeasure(single, self._floor.encoder_throughput(self._texts, self._plan.seconds / 2))

    def _measure_round(self) -> Round:
        timings = ask_all(self._server.url, self._paths[: self._plan.timed])
        return Round(timings, [self._closed(clients) for clients in self._plan.clients])

    def _closed(self, clients: int) -> ClosedLevel:
        # One client is compared with the floor, so it asks the same queries.
        paths = self._paths[: self._plan.timed] if clients == 1 else self._paths
        before = self._server.usage()
        load = run_closed(self._server.url, paths, clients=clients, seconds=self._plan.seconds)
        self._say(f"{clients} clients: {load.throughput:,.0f} requests/s")
        return ClosedLevel(load, spent(before, self._server.usage()))

    def _rates(self, rounds: Sequence[Round]) -> tuple[float, ...]:
        if self._plan.rates is not None:
            return self._plan.rates
        reached = sustained([level.load for round_ in rounds for level in round_.closed])
        return tuple(round(share * reached, 1) for share in RATE_SHARES)

    def _open(self, rate: float) -> OpenLevel:
        address = urlsplit(self._server.url)
        schedule = Schedule(
            host=address.hostname or "",
            port=address.port or 80,
            paths=self._paths,
            rate=rate,
            seconds=self._plan.seconds,
            arrivals=self._plan.arrivals,
        )
        before = self._server.usage()
        load = run_open(schedule)
        self._say(f"{rate:,.1f} requests/s offered: {len(load.latencies_ms):,} of {load.sent:,} answered")
        return OpenLevel(load, spent(before, self._server.usage()))

    def _filters(self) -> Iterator[FilterRecord]:
        texts = self._texts[: self._plan.judged]
        for condition in self._floor.conditions():
            self._say(f"filter: {condition.label}")
            filtered = [search_path(text, **condition.parameters) for text in texts]
            ask_in_turns(self._server.url, [filtered[:10]])  # what is new to the server, it does once
            with_it, without = ask_in_turns(self._server.url, [filtered, self._paths[: len(texts)]])
            yield FilterRecord(condition, with_it, without, self._floor.recall(texts, condition))


def sustained(loads: Sequence[ClosedLoad], clients: int = REFERENCE_CLIENTS) -> float:
    """Return the median throughput with `clients`, or with the number that was measured nearest to it."""
    nearest = min({load.clients for load in loads}, key=lambda n: (abs(n - clients), n))
    return median(load.throughput for load in loads if load.clients == nearest)


def spent(before: Usage | None, after: Usage | None) -> Spent | None:
    """Return what was used between two looks, or None where the server is not ours to look at."""
    if before is None or after is None:
        return None
    return Spent(round(after.cpu_s - before.cpu_s, 2), after)
