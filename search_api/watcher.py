"""Follows what a store publishes, and what is taken down, while the service runs."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from indexer.snapshot.errors import KhabarError
from indexer.snapshot.format.takedowns import taken_down
from indexer.snapshot.index.vector_index import limit_threads
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version, open_snapshot
from search_api.holder import SnapshotHolder
from search_api.metrics import Metrics

LOOK_EVERY_S = 0.5
"""Well under the two seconds within which a takedown has to hold."""

_RETRY_AFTER_S = 30.0
_NICENESS = 10

_log = logging.getLogger(__name__)


class StoreWatcher:
    """Looks at a store every half second and shows what has changed.

    A new version is opened, checked and warmed beside the old one, on a thread of its own that gives
    way to requests; then one reference is swapped. A version that cannot be opened is refused, and
    tried again after half a minute: the old one goes on serving.
    """

    def __init__(self, store: StoreLayout, holder: SnapshotHolder, metrics: Metrics) -> None:
        self._store = store
        self._holder = holder
        self._metrics = metrics
        self._refused: tuple[str, float] | None = None
        self._takedowns: tuple[str, tuple[int, ...]] | None = None

    async def run(self) -> None:
        """Look again and again until cancelled.

        Takedowns have a thread of their own: they must not wait for a version that is being opened.
        """
        with (
            ThreadPoolExecutor(1, thread_name_prefix="khabar-versions", initializer=_give_way) as slow,
            ThreadPoolExecutor(1, thread_name_prefix="khabar-takedowns") as quick,
        ):
            await asyncio.gather(self._repeat(self.follow_versions, slow), self._repeat(self.follow_takedowns, quick))

    async def _repeat(self, look: Callable[[], None], thread: ThreadPoolExecutor) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await asyncio.get_running_loop().run_in_executor(thread, look)
            except Exception:  # noqa: BLE001  # a watcher that ends would serve an old version for ever
                _log.exception("looking at %s failed; the service goes on with what it has", self._store.root)

    def follow_versions(self) -> None:
        """Show the published version where another one is shown, unless it cannot be opened."""
        served = self._holder.current
        try:
            published = current_version(self._store)
        except KhabarError as error:
            _log.warning("%s; the service goes on with what it has", error)
            return
        if served is None or published == served.manifest.version or self._is_refused(published):
            return
        started = time.monotonic()
        try:
            self._show(published)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it must not touch the one that is served
            self._refused = (published, time.monotonic() + _RETRY_AFTER_S)
            self._metrics.refused_version()
            _log.error(
                "version %s is refused, %s goes on serving: %s",
                published,
                served.manifest.version,
                error,
                exc_info=not isinstance(error, KhabarError | OSError),
            )
            return
        self._refused = None
        self._metrics.swapped()
        _log.info("serving version %s, ready after %.1f s", published, time.monotonic() - started)

    def _show(self, version: str) -> None:
        with self._holder.borrowed() as beside:
            snapshot = open_snapshot(self._store.root, version=version, beside=beside)
            try:
                self._holder.show(snapshot)
            except BaseException:
                snapshot.close()
                raise
        self.follow_takedowns()  # what was taken down while it was opened is not hidden in it yet

    def follow_takedowns(self) -> None:
        """Hide what is taken down, and show again what is not any more, where the log has changed."""
        try:
            served = self._holder.current
            if served is None:
                return
            looked_at = (served.manifest.version, _stamp(self._store.takedowns))
            if looked_at == self._takedowns:
                return
            hidden = taken_down(self._store)
        except (KhabarError, OSError) as error:
            _log.warning("%s; the service goes on hiding what it hides", error)
            return
        if served.hidden != hidden.keys():
            self._holder.hide(hidden)
            _log.info("%d articles are taken down", len(hidden))
        self._takedowns = looked_at

    def _is_refused(self, version: str) -> bool:
        return self._refused is not None and self._refused[0] == version and time.monotonic() < self._refused[1]


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does; empty where there is none."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return ()
    return state.st_ino, state.st_size, state.st_mtime_ns


def _give_way() -> None:
    """Let the calling thread run when no request needs the core."""
    limit_threads()
    if sys.platform == "linux":  # where priority is a thread's own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
