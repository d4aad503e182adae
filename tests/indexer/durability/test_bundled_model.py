"""The default model is unpacked once. After a power cut its folder is missing or whole: nobody would write it again."""

from pathlib import Path

import pytest

from indexer.encoders import bundled_model
from indexer.encoders.bundled_model import default_model_folder
from tests.indexer.durability.file_operations import watched
from tests.indexer.durability.power_cut import crashes
from tests.indexer.durability.recording import Recorder, Recording

FILES = {"config.json", "1_Pooling/config.json", "2_Normalize/none"}


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Return a recording of unpacking a model that has three small files."""

    def write_files(_model: object, folder: Path) -> None:
        for name in FILES:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("whole", encoding="utf-8")

    (tmp_path / "packed").write_bytes(b"packed")
    monkeypatch.setattr(bundled_model, "packed_file", lambda: tmp_path / "packed")
    monkeypatch.setattr(bundled_model, "read_packed_model", lambda _path, **_checks: None)
    monkeypatch.setattr(bundled_model, "write_model_folder", write_files)
    recorder = Recorder(tmp_path)
    with watched(tmp_path, recorder):
        recorder.end_step()
        default_model_folder(tmp_path / "models")
        recorder.end_step()
    return recorder.recording


def unpacked_files(recording: Recording, without: str | None = None) -> set[frozenset[str] | None]:
    """Return the whole files of the unpacked model in each state after a power cut; None where it has no folder."""
    found: set[frozenset[str] | None] = set()
    for crash in crashes(recording, without):
        paths = {path: digest for path, digest in crash.entries if path.startswith("models/multilingual-e5-small-")}
        whole = {path for path, digest in paths.items() if digest and recording.contents[digest] == b"whole"}
        found.add(frozenset(path.split("/", 2)[2] for path in whole) if paths else None)
    return found


def test_the_folder_is_missing_or_whole(recording: Recording) -> None:
    assert unpacked_files(recording) == {None, frozenset(FILES)}


def test_each_of_its_flushes_is_needed(recording: Recording) -> None:
    assert len(recording.sites()) == 3
    assert all("bundled_model._write_whole" in site for site in recording.sites())
    for site in recording.sites():
        assert not unpacked_files(recording, without=site) <= {None, frozenset(FILES)}
