"""The file of events: for every article the row of the first article of its event."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.snapshot.errors import SnapshotDamaged

ArticleEvents = npt.NDArray[np.int32]
"""For each article the row of the first article of its event, or its own row, shape (n_articles,)."""


def save_events(path: Path, event: ArticleEvents) -> None:
    """Write the event of every article as a NumPy array."""
    with path.open("wb") as stream:
        np.save(stream, event.astype(np.int32), allow_pickle=False)


def open_events(path: Path, story: npt.NDArray[np.int32]) -> ArticleEvents:
    """Read the events that `save_events` wrote for a corpus with these stories, as `Columns.story` has them.

    Raises:
        SnapshotDamaged: the file is no such array, or it contradicts itself or the stories.
    """
    try:
        with path.open("rb") as stream:
            event = np.load(stream, allow_pickle=False)
        fits = _is_consistent(event, story)
    except Exception as error:  # numpy has many errors for a file that is no array
        raise SnapshotDamaged(f"{path} does not hold events; rebuild the index") from error
    if not fits:
        raise SnapshotDamaged(f"{path} does not hold the events of this corpus; rebuild the index")
    events: ArticleEvents = event
    return events


def _is_consistent(event: ArticleEvents, story: npt.NDArray[np.int32]) -> bool:
    """Return whether each event is named by its first article and no story has two events."""
    rows = np.arange(len(story))
    if event.dtype != np.int32 or event.shape != rows.shape or not ((event >= 0) & (event <= rows)).all():
        return False
    return bool((event[event] == event).all() and (event[story] == event).all())
