"""The snapshot that is being served, and its replacement while requests run."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock

from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search

# Long enough for the statistical language detector, which short texts pass by.
_WARM_UP = ("the first query after the start of the service", "أول استعلام بعد تشغيل الخدمة في هذه العملية")


class _Held:
    """A snapshot, how many requests read from it, and whether another one has taken its place."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.readers = 0
        self.replaced = False

    @property
    def done(self) -> bool:
        return self.replaced and not self.readers


class SnapshotHolder:
    """Holds the current snapshot; a request borrows it and keeps it to its end.

    Showing another one swaps one reference: requests that have begun end on the old one, which is
    closed when the last of them has.
    """

    def __init__(self) -> None:
        self._held: _Held | None = None
        self._guard = Lock()

    @property
    def current(self) -> Snapshot | None:
        """The snapshot that is shown, or None before there is one; for what its manifest says.

        Its files may be closed at any moment: to read from them, borrow it.
        """
        held = self._held
        return held.snapshot if held is not None else None

    @contextmanager
    def borrowed(self) -> Iterator[Snapshot | None]:
        """Yield the current snapshot, open for the time of the block, or None before there is one."""
        with self._guard:
            held = self._held
            if held is not None:
                held.readers += 1
        if held is None:
            yield None
            return
        try:
            yield held.snapshot
        finally:
            with self._guard:
                held.readers -= 1
                close = held.done
            if close:
                held.snapshot.close()

    def show(self, snapshot: Snapshot) -> None:
        """Answer queries from `snapshot`, then make it current; the one before is closed when it is free."""
        warm_up(snapshot)
        self._replace(_Held(snapshot))

    def hide(self, article_ids: Collection[str]) -> None:
        """Show the current snapshot without some articles, and with those that were hidden before and are not now."""
        with self._guard:
            if self._held is not None:
                self._held.snapshot = self._held.snapshot.without(article_ids)

    def close(self) -> None:
        """Show nothing any more."""
        self._replace(None)

    def _replace(self, held: _Held | None) -> None:
        with self._guard:
            old, self._held = self._held, held
            if old is not None:
                old.replaced = True
            close = old is not None and old.done
        if close and old is not None:
            old.snapshot.close()


def warm_up(snapshot: Snapshot) -> None:
    """Run queries through the whole path, so that the first request finds everything loaded."""
    for text in _WARM_UP:
        search(snapshot, Query(TextTarget(text)))
