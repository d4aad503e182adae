"""A process that hangs is noticed, and ended."""

import threading

import pytest

from search_api.processes import progress as module
from search_api.processes.progress import LOOP, Progress, end_when_hung


def test_a_part_that_is_late_is_named() -> None:
    now = 0.0
    progress = Progress(lambda: now)
    assert progress.stalled() is None
    progress.went_on("versions", 100)
    progress.went_on("takedowns", 10)
    now = 10
    assert progress.stalled() is None
    now = 11
    assert progress.stalled() == "takedowns"
    progress.went_on("takedowns", 10)
    assert progress.stalled() is None
    now = 200
    progress.forget("takedowns")
    assert progress.stalled() == "versions"


@pytest.fixture
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_EVERY_S", 0.01)
    monkeypatch.setattr(module, "HUNG_AFTER_S", 0.05)


@pytest.mark.usefixtures("_fast")
def test_a_process_ends_when_its_event_loop_stands_still(caplog: pytest.LogCaptureFixture) -> None:
    progress, ended = Progress(), threading.Event()
    end_when_hung(progress, ended.set)
    assert not ended.wait(0.2), "before the first beat the process is still starting"
    progress.beats += 1
    assert ended.wait(60)
    assert f"{LOOP} of process" in caplog.text


@pytest.mark.usefixtures("_fast")
def test_a_process_ends_when_a_part_stands_still(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    progress, ended = Progress(lambda: now), threading.Event()
    progress.went_on("following takedowns", 60)
    end_when_hung(progress, ended.set)
    assert not ended.wait(0.2)
    now = 61
    assert ended.wait(60)
    assert "following takedowns of process" in caplog.text
