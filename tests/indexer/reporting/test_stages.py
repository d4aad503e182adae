"""Timing of stages and peak memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from indexer.reporting import stages as module
from indexer.reporting.stages import StageTimer, peak_rss_bytes


def test_stages_come_in_order_and_together_make_up_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.5, 13.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    timer = StageTimer()
    timer.end_stage("reading")
    timer.end_stage("splitting")
    assert [(stage.name, stage.seconds) for stage in timer.ended_stages()] == [("reading", 2.5), ("splitting", 0.5)]


def peak_of(code: str) -> int:
    """Return the peak of a new process that has run `code`."""
    whole = f"from indexer.reporting.stages import peak_rss_bytes\n{code}\nprint(peak_rss_bytes())"
    return int(subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=True).stdout)


def test_peak_is_what_was_held_once_not_what_is_held_now() -> None:
    assert peak_of("block = b'x' * (256 << 20)\ndel block") > 256 << 20


def test_process_does_not_begin_with_the_peak_of_its_parent() -> None:
    block = b"x" * (256 << 20)
    assert peak_of("") < len(block) // 2


def test_the_peak_is_zero_if_the_system_does_not_report_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_STATUS", tmp_path / "missing")
    assert peak_rss_bytes() == 0
