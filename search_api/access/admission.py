"""How many requests are worked on and how many may wait."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from starlette.exceptions import HTTPException

from search_api.metrics import Metrics

P = ParamSpec("P")
R = TypeVar("R")

RETRY_AFTER = {"Retry-After": "1"}


class Admission:
    """Runs blocking work on `threads` threads, off the event loop, and lets only so many calls wait.

    It belongs to one event loop. An unbounded queue would answer every request late; a bounded one
    answers most in time and refuses the others at once.
    """

    def __init__(self, pool: ThreadPoolExecutor, threads: int, max_waiting: int, metrics: Metrics) -> None:
        self._pool = pool
        self._threads = threads
        self._max_admitted = threads + max_waiting
        self._metrics = metrics
        self._n_admitted = 0

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` on a thread, or answer 503 where too many requests wait already."""
        if self._n_admitted >= self._max_admitted:
            self._metrics.refused_requests.inc()
            raise HTTPException(503, "too many requests are waiting; try again in a second", RETRY_AFTER)
        self._count(1)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._n_admitted += change
        self._metrics.running.set(min(self._n_admitted, self._threads))
        self._metrics.waiting.set(max(self._n_admitted - self._threads, 0))
