"""What requests share: the snapshot and the threads that work on it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from indexer.snapshot.reader import Snapshot
from search_api.holder import SnapshotHolder

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class State:
    """Shared by all requests of one process."""

    holder: SnapshotHolder
    pool: ThreadPoolExecutor

    def snapshot(self) -> Snapshot:
        """Return the snapshot for one whole request, or answer 503 where none is loaded."""
        current = self.holder.current
        if current is None:
            raise HTTPException(503, "no index is loaded yet; /readyz tells when it is", {"Retry-After": "1"})
        return current

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run blocking work on the pool, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, lambda: work(*args, **kwargs))


def _state(request: Request) -> State:
    state: State = request.app.state.khabar
    return state


SharedState = Annotated[State, Depends(_state)]
