"""Rounds of the same load on each system in turns, all of them up, only one of them busy."""

import gzip
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.latency.closed_loop import LoadError, check_wrk, run_closed
from benchmarks.latency.records import ClosedLevel
from benchmarks.latency.run import spent
from benchmarks.latency.server import Server, Usage
from benchmarks.peers.rows import recall
from benchmarks.peers.systems import System, ask
from indexer.reporting.progress import Reporter

_WARM_UP_S = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure; `judged` queries are asked for what they find."""

    clients: tuple[int, ...] = (1, 16)
    seconds: float = 15.0
    rounds: int = 5
    judged: int = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """One system's turn in one round."""

    system: str
    levels: list[ClosedLevel]


@dataclass(frozen=True, slots=True)
class Records:
    """One comparison: starts and memory by system, and the turns of each round in their order.

    `recall` is each query's share of the exact top ten of the raw vectors; none for khabar, which
    ranks in another space and by article.
    """

    cold_start_s: dict[str, float]
    at_start: dict[str, Usage]
    rounds: list[list[Turn]]
    recall: dict[str, list[float]]


def measure(
    systems: Sequence[System],
    texts: Sequence[str],
    exact: Sequence[Sequence[str]],
    plan: Plan,
    logs: Path,
    reporter: Reporter,
) -> Records:
    """Start all systems, check what they find, and load them in turns.

    `exact` are the ids of the true top ten for the first of the `texts`.
    """
    check_wrk()
    with ExitStack() as running:
        servers: dict[str, Server] = {}
        for system in systems:
            reporter.print_line(f"starting {system.name}")
            servers[system.name] = running.enter_context(system.serving(logs / f"{system.name}.log"))
        found = {
            system.name: [ask(servers[system.name], system, text) for text in texts[: len(exact)]] for system in systems
        }
        check_answers(found)
        for system in systems:
            run_closed(servers[system.name].url, _paths(system, texts), clients=max(plan.clients), seconds=_WARM_UP_S)
        at_start = {name: usage for name, server in servers.items() if (usage := server.usage())}
        rounds = []
        for number in range(plan.rounds):
            reporter.print_line(f"round {number + 1} of {plan.rounds}")
            # Back and forth, so that no system always comes after the same other one.
            order = systems if number % 2 == 0 else systems[::-1]
            rounds.append([_turn(system, servers[system.name], texts, plan, reporter) for system in order])
    return Records(
        cold_start_s={name: server.cold_start_s for name, server in servers.items() if server.cold_start_s is not None},
        at_start=at_start,
        rounds=rounds,
        recall={
            name: [recall(ids, wanted) for ids, wanted in zip(lists, exact, strict=True)]
            for name, lists in found.items()
            if name != "khabar"
        },
    )


def check_answers(found: dict[str, list[list[str]]]) -> None:
    """Raise LoadError where a system finds nothing for a query: it would be quick for no merit."""
    for name, lists in found.items():
        empty = sum(not ids for ids in lists)
        if empty:
            raise LoadError(f"{name} finds nothing for {empty} of {len(lists)} queries")


def _turn(system: System, server: Server, texts: Sequence[str], plan: Plan, reporter: Reporter) -> Turn:
    levels = []
    for clients in plan.clients:
        before = server.usage()
        load = run_closed(server.url, _paths(system, texts), clients=clients, seconds=plan.seconds)
        reporter.print_line(f"{system.name}, {clients} clients: {load.throughput:,.1f} requests/s")
        levels.append(ClosedLevel(load, spent(before, server.usage())))
    return Turn(system.name, levels)


def _paths(system: System, texts: Sequence[str]) -> list[str]:
    return [system.path(text) for text in texts]


def read_records(path: Path) -> Records:
    """Read records that `benchmarks.latency.records.write_records` wrote."""
    return TypeAdapter(Records).validate_json(gzip.decompress(path.read_bytes()))
