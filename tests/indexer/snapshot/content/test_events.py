"""The file of events: what is written is read again, and a file that fits no corpus is refused."""

from pathlib import Path

import numpy as np
import pytest

from indexer.snapshot.content.events import open_events, save_events
from indexer.snapshot.errors import SnapshotDamaged

STORY = np.array([0, 1, 0, 3, 4], dtype=np.int32)


def rows(*event: int) -> np.ndarray:
    return np.array(event, dtype=np.int32)


@pytest.mark.parametrize("event", [[0, 1, 0, 3, 4], [0, 0, 0, 3, 3], [0, 0, 0, 0, 0], [0, 1, 0, 1, 4]])
def test_events_are_read_as_they_were_written(tmp_path: Path, event: list[int]) -> None:
    path = tmp_path / "events.npy"
    save_events(path, rows(*event))
    opened = open_events(path, STORY)
    assert opened.tolist() == event
    assert opened.dtype == np.int32


def test_no_articles_have_no_events(tmp_path: Path) -> None:
    save_events(tmp_path / "events.npy", rows())
    assert open_events(tmp_path / "events.npy", rows()).tolist() == []


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(rows(0, 1, 0, 3), id="too few"),
        pytest.param(rows(0, 1, 0, 3, 4, 5), id="too many"),
        pytest.param(rows(0, 1, 0, 3, 5), id="a row after itself"),
        pytest.param(rows(0, 1, 0, 3, -1), id="a row before the first"),
        pytest.param(rows(0, 0, 0, 1, 4), id="an article that is not the first of its event"),
        pytest.param(rows(0, 1, 1, 3, 4), id="a story with two events"),
        pytest.param(rows(0, 1, 0, 3, 4).astype(np.int64), id="other numbers"),
        pytest.param(rows(0, 1, 0, 3, 4).astype(np.float32), id="no whole numbers"),
        pytest.param(rows(0, 1, 0, 3, 4)[:, None], id="a matrix"),
    ],
)
def test_events_that_fit_no_corpus_are_refused(tmp_path: Path, event: np.ndarray) -> None:
    path = tmp_path / "events.npy"
    np.save(path, event)
    with pytest.raises(SnapshotDamaged, match="does not hold the events of this corpus"):
        open_events(path, STORY)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"\x93NUMPY\x01\x00\x10\x00{'a': (\n\n", b"PK\x05\x06" + bytes(18)]
)
def test_bytes_that_are_no_array_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "events.npy"
    path.write_bytes(content)
    with pytest.raises(SnapshotDamaged, match="does not hold events"):
        open_events(path, STORY)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotDamaged, match="does not hold events"):
        open_events(tmp_path / "events.npy", STORY)
