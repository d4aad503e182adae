"""The files of a run, and how a command ends."""

import json
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.records import read_json
from indexer.snapshot.errors import KhabarError


@dataclass(frozen=True)
class Figures:
    largest: int


def compute(records: list[int]) -> Figures:
    return Figures(max(records))


def write_report(path: Path, figures: Figures, records: list[int], run: Mapping[str, Any]) -> None:
    path.write_text(f"{figures.largest} of {len(records)}, {run['command']}", encoding="utf-8")


BENCHMARK = Benchmark("test", "A test.", "records.json", list[int], compute, write_report)


@pytest.fixture
def _sigterm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_figures_and_report_follow_from_records(tmp_path: Path) -> None:
    out = tmp_path / "results"
    BENCHMARK.finish(out, [3, 7], {"command": "a command"})
    assert (out / "report.md").read_text(encoding="utf-8") == "7 of 2, a command"
    assert json.loads((out / "figures.json").read_text(encoding="utf-8")) == {"largest": 7}
    assert read_json(out / "run.json") == {"command": "a command"}
    BENCHMARK.write_records(out, [9])
    BENCHMARK.report(out)
    assert (out / "report.md").read_text(encoding="utf-8") == "9 of 1, a command"


@pytest.mark.usefixtures("_sigterm")
def test_command_report_computes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    BENCHMARK.finish(tmp_path, [3], {"command": "a command"})
    (tmp_path / "report.md").unlink()
    app = BENCHMARK.command_line()
    app.command("measure")(lambda: None)
    monkeypatch.setattr("sys.argv", ["test", "report", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        BENCHMARK.run(app)
    assert end.value.code == 0
    assert (tmp_path / "report.md").is_file()


@pytest.mark.usefixtures("_sigterm")
@pytest.mark.parametrize("error", [BenchmarkError("wrk is missing"), KhabarError("wrk is missing")])
def test_expected_errors_end_with_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = BENCHMARK.command_line()

    @app.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr("sys.argv", ["test", "fail"])
    with pytest.raises(SystemExit) as end:
        BENCHMARK.run(app)
    assert end.value.code == 1
    assert capsys.readouterr().err == "benchmarks.test: wrk is missing\n"


@pytest.mark.usefixtures("_sigterm")
def test_sigterm_unwinds_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    app, unwound = BENCHMARK.command_line(), []

    @app.command()
    def wait() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            unwound.append(True)

    monkeypatch.setattr("sys.argv", ["test", "wait"])
    with pytest.raises(SystemExit) as end:
        BENCHMARK.run(app)
    assert (end.value.code, unwound) == (128 + signal.SIGTERM, [True])
