"""Following a store in another place: this machine has a copy of it that is never behind without saying so.

Takedowns and keys are asked for every two seconds, whatever else happens; a version that is published there is brought
meanwhile, on another thread. When the copy has synchronised last stands in it, and a service that reads the copy is not
ready while that is too long ago (`snapshot/format/replica.py`).
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from filelock import Timeout

from indexer.snapshot.errors import KhabarError, StoreError, StoreLocked, UsageError
from indexer.snapshot.files.durable_files import create_folder
from indexer.snapshot.files.locks import locked
from indexer.snapshot.format.replica import Replica, note_sync, read_replica, write_replica
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version
from indexer.store.prune import prune
from indexer.store.remote.fetch import published_version
from indexer.store.remote.pull import (
    ACCESS_PREFIX,
    AccessFiles,
    adopt_access_files,
    pull_version,
    read_access_files,
)
from indexer.store.remote.remote_store import THERE, RemoteStore

LOOK_EVERY_S = 2.0
_RETRY_AFTER_S = 30.0
_FIRST_WITHIN_S = 5.0
"""How long a copy that can be served waits for its first synchronisation before it is."""

_KEPT_VERSIONS = 2
_END_WITHIN_S = 5.0

_log = logging.getLogger(__name__)


class Follower:
    """Keeps a store on this machine as the one in another place is."""

    def __init__(self, source: RemoteStore, copy: StoreLayout) -> None:
        """Take a copy that `write_replica` has made a replica of the source."""
        self._source = source
        self._copy = copy
        self._replica = read_replica(copy) or Replica(source.name)
        self._adopted: AccessFiles | None = None
        self._adopting = threading.Lock()
        self._is_pruned = False
        self.has_synchronised = threading.Event()

    def follow_takedowns(self) -> None:
        """Take over takedowns and keys if they have changed, and note that the copy has synchronised.

        Raises:
            KhabarError: as `read_access_files` and `adopt_access_files` do.
        """
        with self._adopting:
            asked_at = time.time()  # before reading: what is written there meanwhile may be missing
            files = read_access_files(self._source)
            if files != self._adopted or self._has_lost(files):
                head = adopt_access_files(self._source, files, self._copy, self._replica.head)
                self._replica = replace(self._replica, head=head)
                write_replica(self._copy, self._replica)  # a log that is lost there is noticed after a restart too
                self._adopted = files
            note_sync(self._copy, asked_at)
            self.has_synchronised.set()

    def _has_lost(self, files: AccessFiles) -> bool:
        """Return whether the copy lacks a file that it has taken over, or does not say that it is a replica."""
        names = [name for name, content in files._asdict().items() if content is not None]
        return not all(getattr(self._copy, name).exists() for name in (*names, "replica"))

    def follow_version(self) -> None:
        """Bring the published version if this store publishes another one.

        Raises:
            KhabarError: as `published_version` and `pull_version` do.
        """
        name = published_version(self._source)
        if not self._copy.current.exists() or current_version(self._copy) != name:
            self.bring(name)
        if not self._is_pruned:
            prune(self._copy, _KEPT_VERSIONS)
            self._is_pruned = True

    def bring(self, name: str) -> None:
        """Bring a version of the other store and publish it here, or mend what is damaged here; raises as above."""
        if self._source.read(THERE.replica) is not None:
            raise UsageError(f"{self._source.name} is a replica itself: follow the store that it follows")
        self.follow_takedowns()  # what the version was built without must be known before it is shown
        started = time.monotonic()
        if pull_version(self._source, self._copy, name):
            _log.info("brought version %s from %s in %.1f s", name, self._source.name, time.monotonic() - started)
        self._is_pruned = False


@contextmanager
def following(url: str, copy: StoreLayout) -> Iterator[None]:
    """Keep `copy` as the store at an address is while the block runs.

    Raises:
        UsageError: the folder of the copy has another store, or the address leads to a replica.
        StoreLocked: another process keeps this copy up to date.
        StoreError: the other store cannot be read and the copy has nothing to serve, or the copy cannot be written.
    """
    source = RemoteStore(url)
    with ExitStack() as stack:
        try:
            create_folder(copy.root)
            stack.enter_context(locked(copy.replica_lock, timeout_s=0))
            _make_replica(source, copy)
            for abandoned in copy.root.glob(f"{ACCESS_PREFIX}*"):
                shutil.rmtree(abandoned, ignore_errors=True)
        except Timeout as error:
            raise StoreLocked(f"another process keeps {copy.root} up to date: name another folder") from error
        except OSError as error:
            raise StoreError(
                f"{copy.root} cannot be written, where the copy of {source.name} belongs: {error}"
            ) from error
        follower = Follower(source, copy)
        if not _can_be_served(copy):
            follower.bring(published_version(source))
        stack.enter_context(_looking(follower))
        if not follower.has_synchronised.wait(_FIRST_WITHIN_S):
            _log.warning("%s does not answer; what was brought before is served, and /readyz answers 503", source.name)
        yield


def _make_replica(source: RemoteStore, copy: StoreLayout) -> None:
    """Make a folder a replica of the source; refuse one that is something else."""
    if source.folder is not None and source.folder.resolve() == copy.root.resolve():
        raise UsageError(f"{copy.root} cannot follow itself: serve it with --store {copy.root}")
    replica = read_replica(copy)
    if replica is None and copy.current.exists():
        raise UsageError(f"{copy.root} is a store of its own, not a replica of {source.name}: name another folder")
    if replica is not None and replica.source != source.name:
        raise UsageError(f"{copy.root} is a replica of {replica.source}, not of {source.name}: name another folder")
    write_replica(copy, replica or Replica(source.name))
    note_sync(copy)


def _can_be_served(copy: StoreLayout) -> bool:
    try:
        check_version(copy, current_version(copy))
    except KhabarError:
        return False
    return True


@contextmanager
def _looking(follower: Follower) -> Iterator[None]:
    """Look at the other store on two threads while the block runs."""
    ended = threading.Event()
    looks = ((follower.follow_takedowns, LOOK_EVERY_S), (follower.follow_version, _RETRY_AFTER_S))
    threads = [
        threading.Thread(target=_repeat, args=(look, ended, retry_s), name=f"khabar-{look.__name__}", daemon=True)
        for look, retry_s in looks
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(_END_WITHIN_S)


def _repeat(look: Callable[[], object], ended: threading.Event, retry_s: float) -> None:
    """Look every two seconds, and later after an error; the log has an error once, until there is another."""
    said, wait_s = "", 0.0
    while not ended.wait(wait_s):
        try:
            look()
            said, wait_s = "", LOOK_EVERY_S
        except Exception as error:  # noqa: BLE001  # a thread that ends would leave this store behind for ever
            wait_s = retry_s
            if str(error) != said:
                said = str(error)
                _log.error("%s", error, exc_info=not isinstance(error, KhabarError | OSError))
