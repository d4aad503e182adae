"""What requests share: the snapshot, the threads that work on it, and how many wait for one."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot
from search_api.holder import SnapshotHolder
from search_api.metrics import Metrics
from search_api.query_cache import QueryCache

P = ParamSpec("P")
R = TypeVar("R")

_RETRY_AFTER = {"Retry-After": "1"}


class Work:
    """Runs blocking work on `threads` threads, off the event loop, and lets only so many calls wait.

    To be used from one event loop. A queue without a bound would answer everybody late; one with a
    bound answers most in time and tells the others at once.
    """

    def __init__(self, pool: ThreadPoolExecutor, threads: int, max_waiting: int, metrics: Metrics) -> None:
        self._pool = pool
        self._threads = threads
        self._max = threads + max_waiting
        self._metrics = metrics
        self._n = 0

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` on a thread, or answer 503 where too many wait already."""
        if self._n >= self._max:
            self._metrics.refused()
            raise HTTPException(503, "too many requests are waiting; try again in a second", _RETRY_AFTER)
        self._count(1)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._n += change
        self._metrics.running.set(min(self._n, self._threads))
        self._metrics.waiting.set(max(self._n - self._threads, 0))


@dataclass(frozen=True, slots=True)
class State:
    """Shared by all requests of one process; `cache` is None where query vectors are not kept."""

    store: StoreLayout
    holder: SnapshotHolder
    work: Work
    metrics: Metrics
    cache: QueryCache | None
    max_age_h: float | None

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Yield the snapshot for one whole request, or answer 503 where none is loaded."""
        with self.holder.borrowed() as snapshot:
            yield _loaded(snapshot)

    def described(self) -> Snapshot:
        """Return the snapshot for what is said of it; its files may be closed at any moment."""
        return _loaded(self.holder.current)


def _loaded(snapshot: Snapshot | None) -> Snapshot:
    if snapshot is None:
        raise HTTPException(503, "no index is loaded yet; /readyz tells when it is", _RETRY_AFTER)
    return snapshot


def state_of(request: Request) -> State:
    """Return what the application of a request shares."""
    state: State = request.app.state.khabar
    return state


# Async although it waits for nothing: FastAPI sends other dependencies to a thread and back.
async def _state(request: Request) -> State:
    return state_of(request)


SharedState = Annotated[State, Depends(_state)]
