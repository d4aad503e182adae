"""Connections that are opened and say nothing, in a process of their own: the service closes them, they come again."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection

import uvloop

from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.closed_loop import ClosedLoad, run_closed

_OPEN_WITHIN_S = 60.0
_AT_ONCE = 100
_RETRY_S = 0.5
_SPARE_FILES = 100


@dataclass(frozen=True, slots=True)
class SilentRound:
    """One round: the load of a normal client alone, then beside silent connections.

    `held` is the mean number of connections that were open during the second one, `opened` the number of all that were
    opened for it.
    """

    alone: ClosedLoad
    beside: ClosedLoad
    held: float
    opened: int


@dataclass(slots=True)
class Held:
    """What became of silent connections; complete after the block that kept them."""

    mean: float = 0.0
    opened: int = 0


def silent_round(
    url: str, address: tuple[str, int], paths: list[str], *, connections: int, seconds: float
) -> SilentRound:
    """Measure one client without and with silent connections."""
    alone = run_closed(url, paths, clients=1, seconds=seconds)
    with silent_connections(address, connections) as held:
        beside = run_closed(url, paths, clients=1, seconds=seconds)
    return SilentRound(alone, beside, held.mean, held.opened)


@contextmanager
def silent_connections(address: tuple[str, int], n: int) -> Iterator[Held]:
    """Keep `n` silent connections open during a block, and open one again whenever the service closes one.

    Raises:
        BenchmarkError: the connections cannot be opened within a minute.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_hold, args=(theirs, address, n), daemon=True)
    process.start()
    held = Held()
    try:
        if not ours.poll(_OPEN_WITHIN_S) or not ours.recv():
            raise BenchmarkError(f"{n:,} silent connections could not be opened; ulimit -n may be too low")
        yield held
        ours.send(None)
        held.mean, held.opened = ours.recv()
    finally:
        process.kill()
        process.join()
        ours.close()


def _hold(pipe: Connection, address: tuple[str, int], n: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < n + _SPARE_FILES:
        pipe.send(False)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_Holder(address, n).run(pipe))


class _Silent(asyncio.Protocol):
    def __init__(self, closed: asyncio.Event) -> None:
        self._closed = closed

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self._closed.set()


class _Holder:
    def __init__(self, address: tuple[str, int], n: int) -> None:
        self._address = address
        self._n = n
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._open = self._opened = 0

    async def run(self, pipe: Connection) -> None:
        tasks = [asyncio.create_task(self._keep()) for _ in range(self._n)]
        while self._open < self._n:
            await asyncio.sleep(0.05)
        pipe.send(True)
        samples = []
        while not pipe.poll():
            samples.append(self._open)
            await asyncio.sleep(0.05)
        pipe.send((sum(samples) / max(1, len(samples)), self._opened))
        for task in tasks:
            task.cancel()

    async def _keep(self) -> None:
        """Keep one connection; the service closes it after some seconds of silence."""
        loop = asyncio.get_running_loop()
        while True:
            closed = asyncio.Event()
            try:
                async with self._slots:
                    await loop.create_connection(partial(_Silent, closed), *self._address)
            except OSError:
                await asyncio.sleep(_RETRY_S)
                continue
            self._open, self._opened = self._open + 1, self._opened + 1
            await closed.wait()
            self._open -= 1
