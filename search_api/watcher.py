"""Follows the published version and the takedowns of a store while the service runs."""

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
from indexer.snapshot.format.mapped_files import MappedFiles
from indexer.snapshot.format.takedown_confirmation import AppliedTakedowns
from indexer.snapshot.format.takedowns import NO_TAKEDOWNS, TakedownHead, read_log
from indexer.snapshot.index.vector_index import limit_threads
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, current_version, open_snapshot
from indexer.snapshot.shards.open import ConnectShards, open_local_shards
from search_api.holder import SnapshotHolder, warm_up
from search_api.metrics import Metrics
from search_api.processes.progress import Progress

LOOK_EVERY_S = 0.5
"""Well under the two seconds within which a takedown must take effect."""

_VERSIONS, _TAKEDOWNS = "following the published version", "following takedowns"
_EXPECTED_WITHIN_S = {_VERSIONS: 1800.0, _TAKEDOWNS: 60.0}
"""How long one look may take before it counts as hanging, such as on a network file system that is gone. A large
version is read and checked as a whole before it is shown; takedowns are a small file."""

_RETRY_AFTER_S = 30.0
_NICENESS = 10

_log = logging.getLogger(__name__)


class StoreWatcher:
    """Looks at a store every half second and shows what has changed.

    A new version is opened, checked and warmed up beside the old one, on a thread with a lower priority
    than requests; then one reference is swapped. A version that cannot be opened is refused and tried
    again after half a minute; meanwhile the old one is served. A version that loses bytes on disk is withdrawn.
    """

    def __init__(
        self,
        store: StoreLayout,
        holder: SnapshotHolder,
        metrics: Metrics,
        progress: Progress,
        connect: ConnectShards = open_local_shards,
    ) -> None:
        """Take what is looked at, what shows it and counts, and what gives the shards of a version."""
        self._progress = progress
        self._connect = connect
        self._store = store
        self._holder = holder
        self._metrics = metrics
        self._files: tuple[Snapshot | None, MappedFiles] = (None, MappedFiles({}))
        self._refused: tuple[str, float] | None = None
        self._seen_takedowns: tuple[object, ...] | None = None
        self._seen_head = NO_TAKEDOWNS
        self._following_takedowns = threading.Lock()
        self._applied = AppliedTakedowns(store)
        self._can_confirm = True

    def start(self) -> None:
        """Look at the files, and apply and confirm the takedowns, before the first request is answered.

        The takedowns twice: what is written between reading the log and the first confirmation is seen the second time.
        """
        self.follow_takedowns()
        self.follow_takedowns()
        self._withdraw_if_shortened()

    def close(self) -> None:
        """Confirm nothing more; call it when no request is answered any longer."""
        self._applied.close()

    async def run(self) -> None:
        """Look at the store until cancelled.

        Takedowns have a thread of their own, because they must not wait while a version is opened.
        """
        with (
            ThreadPoolExecutor(1, thread_name_prefix="khabar-versions", initializer=_lower_priority) as first,
            ThreadPoolExecutor(1, thread_name_prefix="khabar-takedowns") as second,
        ):
            async with asyncio.TaskGroup() as looking:  # waits for both before their threads end
                looking.create_task(self._repeat(_VERSIONS, self.follow_versions, first))
                looking.create_task(self._repeat(_TAKEDOWNS, self.follow_takedowns, second))

    async def _repeat(self, part: str, look: Callable[[], None], thread: ThreadPoolExecutor) -> None:
        while True:
            self._progress.went_on(part, _EXPECTED_WITHIN_S[part])
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await asyncio.get_running_loop().run_in_executor(thread, look)
            except Exception:  # noqa: BLE001  # a watcher that stops would leave the old version served for ever
                _log.exception("looking at %s failed; the service keeps the version that it serves", self._store.root)

    def follow_versions(self) -> None:
        """Show the published version if another one is shown, unless it cannot be opened."""
        self._withdraw_if_shortened()
        served = self._holder.current
        if served is None and self._holder.withdrawn is None:
            return
        try:
            published = current_version(self._store)
        except KhabarError as error:
            _log.warning("%s; the service keeps the version that it serves", error)
            return
        if (served is not None and published == served.manifest.version) or self._is_refused(published):
            return
        started = time.monotonic()
        try:
            self._show(published)
        except Exception as error:  # noqa: BLE001  # no fault of a new version may affect the one that is served
            self._refused = (published, time.monotonic() + _RETRY_AFTER_S)
            self._metrics.refused_versions.inc()
            _log.error(
                "version %s is refused, %s: %s",
                published,
                "nothing is served" if served is None else f"{served.manifest.version} is still served",
                error,
                exc_info=not isinstance(error, KhabarError | OSError),
            )
            return
        self._refused = None
        self._metrics.swaps.inc()
        _log.info("serving version %s, ready after %.1f s", published, time.monotonic() - started)

    def _withdraw_if_shortened(self) -> None:
        """Stop serving a version whose files have lost bytes: reading on would end the process."""
        with self._holder.borrow() as served:
            if served is None:
                return
            watched, files = self._files
            if watched is None or watched.corpus is not served.corpus:  # another version, or the same opened again
                files = MappedFiles.of(self._store, served.manifest, served.encoder_manifest)
                self._files = served, files
            shortened = files.find_shortened()
        if shortened is not None:
            problem = f"{shortened} has lost bytes; `khabar index rollback`, or build again"
            self._holder.withdraw(problem)
            self._files = None, MappedFiles({})
            self._metrics.withdrawn_versions.inc()
            _log.error("version %s is withdrawn: %s", served.manifest.version, problem)

    def _show(self, version: str) -> None:
        with self._holder.borrow() as previous:
            snapshot = open_snapshot(
                self._store.root,
                version=version,
                previous=previous,
                known_takedowns=self._seen_head,
                connect=self._connect,
            )
            try:
                warm_up(snapshot)
                with self._following_takedowns:  # those made since it was opened may be confirmed already
                    hidden = read_log(self._store, snapshot.manifest.takedowns, self._seen_head).in_force()
                    self._holder.show(snapshot if snapshot.hidden == hidden.keys() else snapshot.without(hidden))
            except BaseException:
                snapshot.close()
                raise
        self._withdraw_if_shortened()
        self.follow_takedowns()

    def follow_takedowns(self) -> None:
        """Hide exactly the articles that are taken down, if the log has changed; one thread at a time."""
        with self._following_takedowns:
            self._follow_takedowns()

    def _follow_takedowns(self) -> None:
        try:
            served = self._holder.current
            if served is None:  # nothing is shown, so every takedown is applied
                self._confirm(read_log(self._store, self._seen_head).head)
                return
            files = (self._store.takedowns_head, self._store.takedowns)
            seen = (served.manifest.version, *map(_file_state, files))
            if seen == self._seen_takedowns:
                self._report_takedowns(None)  # a file may be back that was missing
                self._confirm(self._seen_head)
                return
            log = read_log(self._store, served.manifest.takedowns, self._seen_head)
            hidden = log.in_force()
        except (KhabarError, OSError) as error:
            self._report_takedowns(str(error))
            return
        self._report_takedowns(None)
        if served.hidden != hidden.keys():
            self._holder.hide(hidden)
            _log.info("%d articles are taken down", len(hidden))
        self._seen_takedowns = seen
        self._seen_head = log.head
        self._confirm(log.head)

    def _confirm(self, head: TakedownHead) -> None:
        """Tell those who wait for a takedown that this process has applied the log up to `head`."""
        try:
            self._applied.confirm(head)
        except OSError as error:
            if self._can_confirm:
                self._can_confirm = False
                _log.warning("`khabar index takedown --wait` does not wait for this process: %s", error)

    def _report_takedowns(self, problem: str | None) -> None:
        """Tell operators whether the log of takedowns can be trusted; the log of the service has each problem once."""
        if problem is not None and problem != self._holder.takedown_problem:
            _log.error("%s; the same articles stay hidden, and no new takedown is seen", problem)
        self._holder.takedown_problem = problem
        self._metrics.takedowns_unreadable = problem is not None

    def _is_refused(self, version: str) -> bool:
        return self._refused is not None and self._refused[0] == version and time.monotonic() < self._refused[1]


def _file_state(path: Path) -> tuple[int, ...]:
    """Return values that change when the file does; none if the file is missing."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return ()
    return state.st_ino, state.st_size, state.st_ctime_ns  # changes with content, owner and permissions


def _lower_priority() -> None:
    """Let the calling thread run only when no request needs the core."""
    limit_threads()
    if sys.platform == "linux":  # where each thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
