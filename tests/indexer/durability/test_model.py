"""The recorder and the model of a disk, on operations whose outcome is known."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.indexer.durability.file_operations import Operation, watched
from tests.indexer.durability.power_cut import crashes
from tests.indexer.durability.recording import Recorder


def flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def states_at_the_end(root: Path, act: Callable[[Path], None]) -> set[tuple[tuple[str, str], ...]]:
    """Return the files, with their contents, that may be left when the power is cut after `act`."""
    recorder = Recorder(root)
    with watched(root, recorder):
        recorder.end_step()
        act(root)
        recorder.end_step()
    contents = recorder.recording.contents
    return {
        tuple(sorted((path, contents[digest].decode()) for path, digest in crash.entries if digest is not None))
        for crash in crashes(recorder.recording)
        if crash.step == 1
    }


def test_without_a_flush_anything_may_be_left(tmp_path: Path) -> None:
    def act(root: Path) -> None:
        (root / "new").write_text("text")

    assert states_at_the_end(tmp_path, act) == {(), (("new", ""),), (("new", "te"),), (("new", "text"),)}


def test_a_renamed_file_is_empty_if_only_its_folder_was_flushed(tmp_path: Path) -> None:
    def act(root: Path) -> None:
        (root / "draft").write_text("new")
        (root / "draft").replace(root / "file")
        flush(root)

    (tmp_path / "file").write_text("old")
    assert states_at_the_end(tmp_path, act) == {(("file", text),) for text in ("", "n", "new")}


def test_an_atomic_replacement_is_old_or_new_until_its_folder_is_flushed(tmp_path: Path) -> None:
    def act(root: Path) -> None:
        (root / "draft").write_text("new")
        flush(root / "draft")
        (root / "draft").replace(root / "file")

    (tmp_path / "file").write_text("old")
    # Of the two operations on entries, the creation of the draft may be lost or kept, too.
    assert states_at_the_end(tmp_path, act) == {
        (("file", "old"),),
        (("draft", "new"), ("file", "old")),
        (("file", "new"),),
    }
    assert states_at_the_end(tmp_path, flush) == {(("file", "new"),)}


def test_a_flushed_file_is_lost_with_the_folder_that_was_not_flushed_into_its_parent(tmp_path: Path) -> None:
    def act(root: Path) -> None:
        (root / "folder").mkdir()
        (root / "folder" / "file").write_text("x")
        flush(root / "folder" / "file")
        flush(root / "folder")

    assert states_at_the_end(tmp_path, act) == {(), (("folder/file", "x"),)}


def test_what_was_appended_may_be_torn_and_what_was_there_before_is_not(tmp_path: Path) -> None:
    def act(root: Path) -> None:
        with (root / "log").open("a") as log:
            log.write("12345678")

    (tmp_path / "log").write_text("old ")
    assert states_at_the_end(tmp_path, act) == {(("log", "old " + text),) for text in ("", "1234", "12345678")}


def test_removed_files_come_back_until_their_folder_is_flushed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")

    def act(root: Path) -> None:
        (root / "a").unlink()
        (root / "b").unlink()

    a, b = ("a", "a"), ("b", "b")
    assert states_at_the_end(tmp_path, act) == {(), (a,), (b,), (a, b)}


class _Names:
    def __init__(self) -> None:
        self.names: list[str] = []

    def before(self, operation: Operation) -> None:
        self.names.append(f"{operation.name} {operation.path.name}")

    def after(self, operation: Operation) -> None:
        pass


def test_operations_are_seen_whatever_asks_for_them(tmp_path: Path) -> None:
    watcher = _Names()
    with watched(tmp_path, watcher):
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "file").touch()
        with (tmp_path / "folder" / "file").open("r+b") as file:
            file.write(b"1")
        handle = os.open(tmp_path / "folder", os.O_RDONLY)
        os.unlink("file", dir_fd=handle)  # as shutil.rmtree does
        os.close(handle)
        (tmp_path / "folder").rmdir()
        assert (tmp_path.parent / "outside").write_bytes(b"12") == 2
    assert watcher.names == ["mkdir folder", "open file", "write file", "unlink file", "rmdir folder"]


def test_an_error_of_the_watcher_is_that_of_the_operation(tmp_path: Path) -> None:
    class Full(_Names):
        def before(self, operation: Operation) -> None:
            if operation.name == "write":
                raise OSError(28, "No space left on device")

    with watched(tmp_path, Full()), pytest.raises(OSError, match="No space left"):
        (tmp_path / "file").write_text("text")
    assert (tmp_path / "file").read_text() == ""
