"""How much work is taken on: by what it will cost, not by how many requests it is."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NoReturn, ParamSpec, TypeVar

from starlette.exceptions import HTTPException

from search_api.metrics import Metrics

P = ParamSpec("P")
R = TypeVar("R")

RETRY_AFTER = {"Retry-After": "1"}

SMALL_PRICE = 20.0
"""Price of a request that encodes nothing. A search costs this, one for each character of its query, one for each hit
down to its last, and this once more for each facet, which may need a search of its own: 1,000 characters take about 25
times as long as one word."""

_EXPECTED_PRICE, _EXPECTED_S = 2_000.0, 0.1
"""What work takes before any was done: without it, the first request after the start would decide alone."""

_MAX_SAMPLE_S = 1.0
"""A longer time says that the machine stood still, and nothing about the work."""

_READY = 1
"""Pieces of work for each thread that wait behind the one it does: a thread that ends one need not wait for the event
loop to give it the next."""

_FORGET = 0.98
"""What remains of earlier times with each request: some hundred requests decide what a unit of price takes now."""


class Admission:
    """Runs blocking work on `threads` threads, off the event loop, and takes on only what it can do in time.

    It belongs to one event loop. An unbounded queue would answer every request late; a bounded one answers most in
    time and refuses the others at once. The bound is the time that waiting work will take, estimated from its prices
    and from the time that work took lately; `max_waiting` bounds its number as well. Work whose client has gone
    while it waited is not done.
    """

    def __init__(
        self, pool: ThreadPoolExecutor, threads: int, max_waiting: int, max_wait_s: float, metrics: Metrics
    ) -> None:
        """Take the pool, its number of threads, and the most requests and seconds that requests may wait."""
        self._pool = pool
        self._threads = threads
        self._max_admitted = threads + max_waiting
        self._max_wait_s = max_wait_s
        self._metrics = metrics
        self._slots = asyncio.Semaphore((1 + _READY) * threads)
        self._n_admitted = 0
        self._price_admitted = 0.0
        self._lately_s, self._lately_price = _EXPECTED_S, _EXPECTED_PRICE

    @property
    def n_threads(self) -> int:
        """How many pieces of work are done at a time."""
        return self._threads

    async def run(
        self,
        is_gone: Callable[[], bool],
        work: Callable[P, R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run cheap work, as `run_priced` does."""
        return await self.run_priced(SMALL_PRICE, is_gone, work, *args, **kwargs)

    async def run_priced(
        self,
        price: float,
        is_gone: Callable[[], bool],
        work: Callable[P, R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run `work` on a thread, or answer 503 if it would wait too long.

        `is_gone` says whether the client has closed its connection; it is asked only if the work had to wait.
        """
        if self._n_admitted >= self._max_admitted or self._wait_s() > self._max_wait_s:
            self._refuse()
        self._count(1, price)
        deadline = asyncio.get_running_loop().time() + self._max_wait_s  # estimates may be wrong
        try:
            had_to_wait = self._slots.locked()
            if had_to_wait:
                await self._wait_for_slot(deadline)
            else:
                await self._slots.acquire()  # at once
            try:
                if had_to_wait and is_gone():
                    raise HTTPException(408, "the client has gone")  # which nobody reads
                future = self._pool.submit(self._timed, price, lambda: work(*args, **kwargs))
                return await self._result(future, deadline)
            finally:
                self._slots.release()
        finally:
            self._count(-1, -price)

    async def run_begun(self, price: float, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run another part of work that was admitted before: it waits for a thread, and is never refused."""
        self._count(1, price)
        try:
            async with self._slots:
                return await asyncio.wrap_future(self._pool.submit(self._timed, price, lambda: work(*args, **kwargs)))
        finally:
            self._count(-1, -price)

    async def _result(self, future: Future[R], deadline: float) -> R:
        """Wait for work that a thread does; it is not begun after the deadline, and the answer is then 503."""
        timer = asyncio.get_running_loop().call_at(deadline, future.cancel)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or not task.cancelling():  # it is the work that was cancelled
                self._refuse()
            raise
        finally:
            timer.cancel()

    async def _wait_for_slot(self, deadline: float) -> None:
        """Wait for a slot and take it, or answer 503 at the deadline."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError:
            self._refuse()

    def _wait_s(self) -> float:
        """Return how long a request would wait that comes now; 0 where a thread is free."""
        if self._n_admitted < self._threads:
            return 0.0
        return self._price_admitted / self._threads * self._lately_s / self._lately_price

    def _timed(self, price: float, work: Callable[[], R]) -> R:
        started = time.perf_counter()
        try:
            return work()
        finally:
            # Threads may overwrite each other's sums; an estimate does not need every request.
            elapsed_s = min(time.perf_counter() - started, _MAX_SAMPLE_S)
            self._lately_s = _FORGET * self._lately_s + elapsed_s
            self._lately_price = _FORGET * self._lately_price + price

    def _refuse(self) -> NoReturn:
        self._metrics.refused_requests.inc()
        raise HTTPException(503, "too many requests are waiting; try again in a second", RETRY_AFTER)

    def _count(self, change: int, price: float) -> None:
        self._n_admitted += change
        self._price_admitted += price
        self._metrics.running.set(min(self._n_admitted, self._threads))
        self._metrics.waiting.set(max(self._n_admitted - self._threads, 0))
