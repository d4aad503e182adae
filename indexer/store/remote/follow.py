"""Following a store in another place: this machine has a copy of it that is never behind without saying so.

Takedowns and keys are asked for every two seconds, whatever else happens; a version that is published there is brought
meanwhile, on another thread. When the other store was heard last stands in the copy, and a service that reads the copy
is not ready while that is too long ago (`snapshot/format/replica.py`).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from indexer.snapshot.errors import KhabarError
from indexer.snapshot.format.replica import make_replica, note_word
from indexer.snapshot.format.takedowns import TakedownHead
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.store.prune import prune
from indexer.store.remote.pull import (
    AccessFiles,
    adopt_access_files,
    published_version,
    pull_version,
    read_access_files,
)
from indexer.store.remote.remote_store import RemoteStore

LOOK_EVERY_S = 2.0
_RETRY_AFTER_S = 30.0
_KEPT_VERSIONS = 2
_END_WITHIN_S = 5.0

_log = logging.getLogger(__name__)


class Follower:
    """Keeps a store on this machine as the one in another place is."""

    def __init__(self, source: RemoteStore, copy: StoreLayout) -> None:
        self._source = source
        self._copy = copy
        self._adopted: AccessFiles | None = None
        self._head: TakedownHead | None = None
        self._adopting = threading.Lock()

    def follow_takedowns(self) -> None:
        """Take over takedowns and keys if they have changed, and note that the other store was heard.

        Raises:
            KhabarError: as `read_access_files` and `adopt_access_files` do.
        """
        with self._adopting:
            asked_at = time.time()
            files = read_access_files(self._source)
            if files != self._adopted:
                self._head = adopt_access_files(self._source, files, self._copy, self._head)
                self._adopted = files
            note_word(self._copy, asked_at)

    def follow_version(self) -> bool:
        """Bring the published version if this store publishes another one; return whether it does now.

        Raises:
            KhabarError: as `published_version` and `pull_version` do.
        """
        name = published_version(self._source)
        if self._copy.current.exists() and current_version(self._copy) == name:
            return False
        self.follow_takedowns()  # what the version was built without must be known before it is shown
        started = time.monotonic()
        pull_version(self._source, self._copy, name)
        _log.info("brought version %s from %s in %.1f s", name, self._source.name, time.monotonic() - started)
        prune(self._copy, _KEPT_VERSIONS)
        return True


@contextmanager
def following(url: str, copy: StoreLayout) -> Iterator[None]:
    """Keep `copy` as the store at an address is while the block runs.

    Raises:
        KhabarError: the other store cannot be read, and the copy has nothing to serve meanwhile.
    """
    source = RemoteStore(url)
    copy.root.mkdir(parents=True, exist_ok=True)
    make_replica(copy, source.name)
    follower = Follower(source, copy)
    try:
        follower.follow_takedowns()
        if not copy.current.exists():  # otherwise a thread brings what is new, while this is served
            follower.follow_version()
    except KhabarError as error:
        if not copy.current.exists():
            raise
        _log.warning("%s; what was brought before is served, and /readyz answers 503", error)
    ended = threading.Event()
    threads = [
        threading.Thread(target=_repeat, args=(look, ended, retry_s), name=f"khabar-{look.__name__}", daemon=True)
        for look, retry_s in ((follower.follow_takedowns, LOOK_EVERY_S), (follower.follow_version, _RETRY_AFTER_S))
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
    said, wait_s = "", LOOK_EVERY_S
    while not ended.wait(wait_s):
        try:
            look()
            said, wait_s = "", LOOK_EVERY_S
        except Exception as error:  # noqa: BLE001  # a thread that ends would leave this store behind for ever
            wait_s = retry_s
            if str(error) != said:
                said = str(error)
                _log.error("%s", error, exc_info=not isinstance(error, KhabarError))
