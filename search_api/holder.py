"""The snapshot that is being served."""

from pathlib import Path

from indexer.snapshot.reader import OpenWholeModel, Snapshot, open_snapshot
from search_api.search import Query, search

_WARM_UP = ("first query", "أول استعلام")


class SnapshotHolder:
    """Holds the current snapshot; readers take one reference and keep it for a whole request."""

    def __init__(self) -> None:
        self._current: Snapshot | None = None

    @property
    def current(self) -> Snapshot | None:
        """The snapshot to answer from, or None before one is loaded."""
        return self._current

    def load(self, store: Path, open_whole_model: OpenWholeModel | None = None) -> None:
        """Open the published version, answer a query from it, then make it current.

        Raises:
            StoreError, ModelError: it cannot be served; the current one stays.
        """
        snapshot = open_snapshot(store, open_whole_model=open_whole_model)
        warm_up(snapshot)
        self._current = snapshot

    def close(self) -> None:
        """Close the current snapshot; nothing is current afterwards."""
        snapshot, self._current = self._current, None
        if snapshot is not None:
            snapshot.close()


def warm_up(snapshot: Snapshot) -> None:
    """Run queries through the whole path, so that the first request finds everything loaded."""
    for text in _WARM_UP:
        search(snapshot, Query(text))
