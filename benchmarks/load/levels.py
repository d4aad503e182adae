"""Levels of load on one server: the load, and the CPU time and memory that the server used for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load.closed_loop import ClosedLoad, run_closed
from benchmarks.load.schedule import OpenLoad, Schedule, run_open
from benchmarks.load.server import Server, Usage


@dataclass(frozen=True, slots=True)
class ServerUse:
    """What a server used for one level: CPU seconds, and its usage after the level."""

    cpu_s: float
    after: Usage


@dataclass(frozen=True, slots=True)
class ClosedLevel:
    """One closed-loop level; `server` is None if the benchmark did not start the server."""

    load: ClosedLoad
    server: ServerUse | None


@dataclass(frozen=True, slots=True)
class OpenLevel:
    """One open-loop level; `server` is None if the benchmark did not start the server."""

    load: OpenLoad
    server: ServerUse | None


def closed_level(server: Server, paths: Sequence[str], *, clients: int, seconds: float) -> ClosedLevel:
    """Load a server with a fixed number of clients."""
    before = server.usage()
    load = run_closed(server.url, paths, clients=clients, seconds=seconds)
    return ClosedLevel(load, use_between(before, server.usage()))


def open_level(server: Server, schedule: Schedule) -> OpenLevel:
    """Load a server with the requests of a schedule."""
    before = server.usage()
    load = run_open(schedule)
    return OpenLevel(load, use_between(before, server.usage()))


def use_between(before: Usage | None, after: Usage | None) -> ServerUse | None:
    """Return what a server used between two readings, or None if there are no readings."""
    if before is None or after is None:
        return None
    return ServerUse(round(after.cpu_s - before.cpu_s, 2), after)
