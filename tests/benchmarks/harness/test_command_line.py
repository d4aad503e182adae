"""Lists of numbers in options, and how a command ends."""

import signal
from collections.abc import Iterator

import pytest
import typer

from benchmarks.harness.command_line import command_line, numbers, run, whole_numbers
from benchmarks.harness.errors import BenchmarkError
from indexer.snapshot.errors import KhabarError


@pytest.fixture
def _sigterm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_numbers_are_above_zero() -> None:
    assert numbers("1,2.5") == (1.0, 2.5)
    for wrong in ("a", "", "1,0", "-1"):
        with pytest.raises(typer.BadParameter, match="number"):
            numbers(wrong)


def test_whole_numbers_have_no_fraction() -> None:
    assert whole_numbers("1000,10") == (1000, 10)
    for wrong in ("1e3", "2.5", "0", "", "1,,2"):
        with pytest.raises(typer.BadParameter, match="number"):
            whole_numbers(wrong)


@pytest.mark.usefixtures("_sigterm")
@pytest.mark.parametrize("error", [BenchmarkError("wrk is missing"), KhabarError("wrk is missing")])
def test_expected_errors_end_with_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = command_line("A test.")

    @app.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr("sys.argv", ["test"])
    with pytest.raises(SystemExit) as end:
        run(app, "benchmarks.test")
    assert end.value.code == 1
    assert capsys.readouterr().err == "benchmarks.test: wrk is missing\n"


@pytest.mark.usefixtures("_sigterm")
def test_sigterm_unwinds_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    app, unwound = command_line("A test."), []

    @app.command()
    def wait() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            unwound.append(True)

    monkeypatch.setattr("sys.argv", ["test"])
    with pytest.raises(SystemExit) as end:
        run(app, "benchmarks.test")
    assert (end.value.code, unwound) == (128 + signal.SIGTERM, [True])
