"""Rounds of the same load on each system in turns; all systems run, and one at a time is under load."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.closed_loop import check_wrk, run_closed
from benchmarks.load.levels import ClosedLevel, closed_level
from benchmarks.load.server import Server, Usage
from benchmarks.peers.rows import ExactScores
from benchmarks.peers.systems import System, search_ids
from indexer.reporting.progress import Reporter

_WARM_UP_S = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure; the first `judged` queries are used for recall."""

    clients: tuple[int, ...] = (1, 16)
    seconds: float = 15.0
    rounds: int = 5
    judged: int = 100


@dataclass(frozen=True, slots=True)
class SystemTurn:
    """One system's turn in one round."""

    system: str
    levels: list[ClosedLevel]


@dataclass(frozen=True, slots=True)
class Records:
    """One comparison: start times and memory by system, and the turns of each round in their order.

    `recall` is recall@10 of each query against exact search over the raw vectors. khabar has no entry,
    because it ranks in another space and by article.
    """

    cold_start_s: dict[str, float]
    at_start: dict[str, Usage]
    rounds: list[list[SystemTurn]]
    recall: dict[str, list[float]]


def measure(
    systems: Sequence[System],
    texts: Sequence[str],
    exact: ExactScores,
    plan: Plan,
    logs: Path,
    reporter: Reporter,
) -> Records:
    """Start all systems, check their answers, and load them in turns.

    `exact` has the exact scores of the first texts.
    """
    check_wrk()
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for system in systems:
            reporter.print_line(f"starting {system.name}")
            servers[system.name] = stack.enter_context(system.serving(logs / f"{system.name}.log"))
        found = {
            system.name: [search_ids(servers[system.name], system, text) for text in texts[: len(exact.scores)]]
            for system in systems
        }
        check_answers(found)
        for system in systems:
            run_closed(servers[system.name].url, _paths(system, texts), clients=max(plan.clients), seconds=_WARM_UP_S)
        at_start = {name: usage for name, server in servers.items() if (usage := server.usage())}
        rounds = []
        for number in range(plan.rounds):
            reporter.print_line(f"round {number + 1} of {plan.rounds}")
            # Every second round in reverse order, so that no system always follows the same other one.
            order = systems if number % 2 == 0 else systems[::-1]
            rounds.append([_turn(system, servers[system.name], texts, plan, reporter) for system in order])
    return Records(
        cold_start_s={name: server.cold_start_s for name, server in servers.items() if server.cold_start_s is not None},
        at_start=at_start,
        rounds=rounds,
        recall={name: exact.recall(lists) for name, lists in found.items() if name != "khabar"},
    )


def check_answers(found: dict[str, list[list[str]]]) -> None:
    """Raise BenchmarkError if a system finds nothing for some query, because its speed would mean nothing."""
    for name, lists in found.items():
        empty = sum(not ids for ids in lists)
        if empty:
            raise BenchmarkError(f"{name} finds nothing for {empty} of {len(lists)} queries")


def _turn(system: System, server: Server, texts: Sequence[str], plan: Plan, reporter: Reporter) -> SystemTurn:
    levels = []
    for clients in plan.clients:
        level = closed_level(server, _paths(system, texts), clients=clients, seconds=plan.seconds)
        reporter.print_line(f"{system.name}, {clients} clients: {level.load.throughput:,.1f} requests/s")
        levels.append(level)
    return SystemTurn(system.name, levels)


def _paths(system: System, texts: Sequence[str]) -> list[str]:
    return [system.path(text) for text in texts]
