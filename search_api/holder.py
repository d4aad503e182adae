"""The snapshot that is being served."""

from indexer.snapshot.reader import Snapshot
from search_api.search import Query, search

# Long enough for the statistical language detector, which short texts pass by.
_WARM_UP = ("the first query after the start of the service", "أول استعلام بعد تشغيل الخدمة في هذه العملية")


class SnapshotHolder:
    """Holds the current snapshot; readers take one reference and keep it for a whole request."""

    def __init__(self) -> None:
        self._current: Snapshot | None = None

    @property
    def current(self) -> Snapshot | None:
        """The snapshot to answer from, or None before one is loaded."""
        return self._current

    def show(self, snapshot: Snapshot) -> None:
        """Answer queries from `snapshot`, then make it current."""
        warm_up(snapshot)
        self._current = snapshot


def warm_up(snapshot: Snapshot) -> None:
    """Run queries through the whole path, so that the first request finds everything loaded."""
    for text in _WARM_UP:
        search(snapshot, Query(text))
