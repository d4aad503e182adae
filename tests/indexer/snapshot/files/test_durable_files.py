"""Files that have the old content or the new one, never a part."""

from pathlib import Path

import pytest

from indexer.snapshot.files.durable_files import create_folder, write_atomically


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    for content in ("old\n", "خبر\n"):
        write_atomically(tmp_path / "file", content)
        assert (tmp_path / "file").read_text(encoding="utf-8") == content
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_old_content_stays_if_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_handle: int) -> None:
        raise OSError("no space left on device")

    write_atomically(tmp_path / "file", "old")
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_is_made_with_those_above_it_and_may_be_there(tmp_path: Path) -> None:
    for _ in range(2):
        create_folder(tmp_path / "news" / "store")
        assert (tmp_path / "news" / "store").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        create_folder(tmp_path / "file" / "store")
