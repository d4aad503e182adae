"""What the requests of one process share."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.understand import EncodeText
from search_api.access.admission import RETRY_AFTER, Admission
from search_api.access.export_slots import ExportSlots
from search_api.holder import SnapshotHolder
from search_api.metrics import Metrics
from search_api.processes.drain import Drain
from search_api.query_cache import QueryCache


@dataclass(frozen=True, slots=True)
class State:
    """Shared by all requests of one process; `query_cache` is None where query vectors are not cached.

    Who holds `saved_search_changes` may change the file of saved searches.
    """

    store: StoreLayout
    holder: SnapshotHolder
    admission: Admission
    exports: ExportSlots
    metrics: Metrics
    query_cache: QueryCache | None
    max_age_h: float | None
    unready_when_stale: bool
    drain: Drain
    saved_search_changes: asyncio.Lock = field(default_factory=asyncio.Lock)

    @contextmanager
    def borrow_snapshot(self) -> Iterator[Snapshot]:
        """Yield the snapshot, open for the time of the block, or answer 503 if no snapshot is loaded."""
        with self.holder.borrow() as snapshot:
            yield self._require(snapshot)

    def as_shown_now(self, snapshot: Snapshot) -> Snapshot:
        """Return a borrowed snapshot without what was taken down since, or answer 503 if its files may not be read.

        What is done with one snapshot for longer than a search asks for it again and again: a takedown counts at once,
        and reading a version that was withdrawn because its files lost bytes may end the process.
        """
        hidden = self.current_snapshot().hidden
        return snapshot if hidden == snapshot.hidden else snapshot.without(hidden)

    def encoder(self, snapshot: Snapshot) -> EncodeText | None:
        """Return what encodes queries through the cache; None, for the snapshot's encoder, where there is no cache."""
        return partial(self.query_cache.encode, snapshot) if self.query_cache else None

    def current_snapshot(self) -> Snapshot:
        """Return the snapshot, or answer 503. Read only its manifest: its files may be closed at any moment."""
        return self._require(self.holder.current)

    def _require(self, snapshot: Snapshot | None) -> Snapshot:
        if snapshot is None:
            reason = self.holder.withdrawn or "no index is loaded yet; /readyz tells when it is"
            raise HTTPException(503, reason, RETRY_AFTER)
        return snapshot


def state_of(request: Request) -> State:
    """Return what the application of a request shares."""
    state: State = request.app.state.khabar
    return state


# Async although it awaits nothing: FastAPI runs other dependencies on a thread.
async def _state(request: Request) -> State:
    return state_of(request)


SharedState = Annotated[State, Depends(_state)]
