"""The snapshot that is being served, and its replacement while requests run."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock

from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search

# Long enough for the statistical language detector, which short texts do not reach.
_WARM_UP_QUERIES = ("the first query after the start of the service", "أول استعلام بعد تشغيل الخدمة في هذه العملية")


def warm_up(snapshot: Snapshot) -> None:
    """Run the whole search, so that everything is loaded before the first request."""
    for text in _WARM_UP_QUERIES:
        search(snapshot, Query(TextTarget(text)))


class _CountedSnapshot:
    """A snapshot, the number of requests that read from it, and whether another one has replaced it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.readers = 0
        self.replaced = False

    @property
    def is_free(self) -> bool:
        return self.replaced and not self.readers


class SnapshotHolder:
    """Holds the current snapshot, which each request borrows until its end.

    Showing another snapshot swaps one reference. Requests that have begun end on the old one, which is
    closed after the last of them.
    """

    def __init__(self) -> None:
        self._counted: _CountedSnapshot | None = None
        self._guard = Lock()
        self.takedown_problem: str | None = None
        """Why the log of takedowns cannot be trusted; None while it can."""
        self.withdrawn: str | None = None
        """Why the snapshot that was served is served no more, until another one is shown."""

    @property
    def current(self) -> Snapshot | None:
        """The current snapshot, or None before there is one.

        Use it for what its manifest says. Its files may be closed at any moment: borrow it to read them.
        """
        counted = self._counted
        return counted.snapshot if counted is not None else None

    @contextmanager
    def borrow(self) -> Iterator[Snapshot | None]:
        """Yield the current snapshot, open for the time of the block, or None before there is one."""
        with self._guard:
            counted = self._counted
            if counted is not None:
                counted.readers += 1
        if counted is None:
            yield None
            return
        try:
            yield counted.snapshot
        finally:
            with self._guard:
                counted.readers -= 1
                close = counted.is_free
            if close:
                counted.snapshot.close()

    def show(self, snapshot: Snapshot) -> None:
        """Make `snapshot` current; the one before is closed when no request reads it."""
        self._replace(_CountedSnapshot(snapshot))
        self.withdrawn = None

    def withdraw(self, reason: str) -> None:
        """Remove the current snapshot because it cannot be read any more."""
        self.withdrawn = reason
        self._replace(None)

    def hide(self, article_ids: Collection[str]) -> None:
        """Hide exactly these articles in the current snapshot; articles hidden before are shown again.

        Only one thread may call it at a time. Nothing is hidden in a snapshot that is shown meanwhile.
        """
        with self.borrow() as snapshot:
            if snapshot is None:
                return
            hiding = snapshot.without(article_ids)  # not under the lock, which every request takes
            with self._guard:
                if self._counted is not None and self._counted.snapshot is snapshot:
                    self._counted.snapshot = hiding

    def close(self) -> None:
        """Remove the current snapshot; it is closed when no request reads it."""
        self._replace(None)

    def _replace(self, counted: _CountedSnapshot | None) -> None:
        with self._guard:
            old, self._counted = self._counted, counted
            if old is not None:
                old.replaced = True
            close = old is not None and old.is_free
        if close and old is not None:
            old.snapshot.close()
