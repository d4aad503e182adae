"""Figures of a soak on hand-made records."""

from dataclasses import replace

import pytest

from benchmarks.soak.damage import Damage
from benchmarks.soak.figures import damage_figures, kill_figures, swap_figures
from benchmarks.soak.kills import Kill
from benchmarks.soak.swaps import Request, Swap, SwapRun

KILL = Kill(
    after_s=1.0,
    news=20,
    ended_before=False,
    told="embedding",
    published_before="b",
    published_after="b",
    verified=True,
    cached_before=100,
    cached_after=105,
    next_embedded=15,
)


@pytest.mark.parametrize(
    "loss",
    [
        {"verified": False},
        {"next_embedded": None},
        {"next_embedded": 16},  # one text was embedded twice
        {"cached_after": 99},
        {"published_after": "a"},
    ],
)
def test_kill_with_any_loss_counts_as_lost(loss: dict[str, object]) -> None:
    assert KILL.nothing_lost
    assert not replace(KILL, **loss).nothing_lost  # type: ignore[arg-type]


def test_kill_after_publishing_lost_nothing() -> None:
    assert replace(KILL, ended_before=True, published_after="c", cached_after=120, next_embedded=0).nothing_lost


def test_kills_and_damages_are_counted() -> None:
    found = kill_figures([KILL, replace(KILL, verified=False), replace(KILL, ended_before=True)])
    assert (found.kills, found.in_time, found.lost) == (3, 2, 1)
    noticed = Damage("a", "missing", noticed=True, mended=None, told="")
    others = [replace(noticed, noticed=False), replace(noticed, mended=False), replace(noticed, mended=True)]
    counted = damage_figures([noticed, *others])
    assert (counted.damages, counted.unnoticed) == (4, 2)


def request(started_s: float, ms: float, *, status: int = 200, whole: bool = True) -> Request:
    return Request(started_s, started_s + ms / 1000, status, "v1" if status == 200 else "", whole)


def test_requests_during_swaps_are_separated_from_those_between() -> None:
    swaps = [Swap("v2", 10.0, 12.0), Swap("v1", 20.0, 21.0)]
    between = [request(1.0, 10.0)] * 100
    during = [request(9.99, 20.0), request(11.0, 20.0), request(11.99, 30.0), request(20.5, 20.0)]
    run = SwapRun(2, [*between, *during, request(12.01, 10.0)], swaps)
    figures = swap_figures(run)
    assert (figures.requests, figures.during, figures.swaps) == (105, 4, 2)
    assert (figures.p50_ms, figures.p99_ms) == (10.0, 10.0)
    assert figures.p99_during_ms == pytest.approx(29.7)
    assert figures.ratio == pytest.approx(2.97)
    assert (figures.shown_median_s, figures.shown_most_s) == (1.5, 2.0)


def test_failed_and_torn_answers_are_counted_separately() -> None:
    run = SwapRun(
        1,
        [request(1, 5), request(10.5, 5), request(2, 5, status=503, whole=False), request(3, 5, whole=False)],
        [Swap("v2", 10.0, 11.0)],
    )
    figures = swap_figures(run)
    assert (figures.failed, figures.torn) == (1, 1)


def test_run_needs_requests_during_and_between_swaps() -> None:
    with pytest.raises(ValueError, match="both during and between"):
        swap_figures(SwapRun(1, [request(1, 5)], [Swap("v2", 10.0, 11.0)]))
