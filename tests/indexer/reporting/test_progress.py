from io import StringIO

import pytest
from rich.console import Console

from indexer.reporting import progress
from indexer.reporting.progress import Reporter


class _Clock:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    stopped = _Clock()
    monkeypatch.setattr(progress, "time", stopped)
    return stopped


@pytest.mark.parametrize(
    "line",
    [
        "3 articles read",
        "file [red]a[/red].jsonl:2: not JSON",
        "a path " + "/very/long" * 40,
        "خبر واحد مرفوض",  # "one news item rejected"
    ],
)
def test_a_line_is_printed_as_it_is(line: str) -> None:
    out = StringIO()
    Reporter(Console(file=out, width=40)).print_line(line)
    assert out.getvalue() == line + "\n"


def test_away_from_a_terminal_lines_come_every_ten_seconds_and_at_the_end(clock: _Clock) -> None:
    out = StringIO()
    with Reporter(Console(file=out)).progress("embedding", 2_000) as advance:
        for passed_s, n in ((4, 100), (4, 100), (2, 300), (9, 500), (1, 500), (5, 500)):
            clock.now += passed_s
            advance(n)
    assert out.getvalue().splitlines() == [
        "embedding: 500 of 2,000, 50/s, 30 s left",
        "embedding: 1,500 of 2,000, 75/s, 7 s left",
        "embedding: 2,000 of 2,000, 80/s, 0 s left",
    ]


def test_work_that_takes_no_time_is_reported_once(clock: _Clock) -> None:
    out = StringIO()
    with Reporter(Console(file=out)).progress("embedding", 2) as advance:
        advance(1)
        advance(1)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().startswith("embedding: 2 of 2, ")


def test_an_advance_of_nothing_after_ten_seconds_divides_by_nothing(clock: _Clock) -> None:
    out = StringIO()
    with Reporter(Console(file=out)).progress("embedding", 5) as advance:
        clock.now += 10
        advance(0)
    assert out.getvalue().startswith("embedding: 0 of 5, 0/s, ")


def test_on_a_terminal_a_bar_ends_complete() -> None:
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with Reporter(console).progress("embedding", 7) as advance:
        advance(3)
        advance(4)
    assert "embedding" in out.getvalue()
    assert "7/7" in out.getvalue()


def test_errors_inside_a_stage_surface() -> None:
    with pytest.raises(RuntimeError, match="stop"), Reporter(Console(file=StringIO())).progress("embedding", 2):
        raise RuntimeError("stop")
