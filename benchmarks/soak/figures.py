"""What the raw records of a soak say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.soak.damage import Damage
from benchmarks.soak.kills import Kill
from benchmarks.soak.swaps import Request, Swap, SwapRun


@dataclass(frozen=True, slots=True)
class KillFigures:
    """`lost` counts kills after which something was amiss; `in_time` those that hit a running build."""

    kills: int
    in_time: int
    lost: int


@dataclass(frozen=True, slots=True)
class DamageFigures:
    """`unnoticed` are damages that passed for whole, or that the next build did not mend."""

    damages: int
    unnoticed: int


@dataclass(frozen=True, slots=True)
class SwapFigures:
    """Requests during swaps and in between; latencies in milliseconds, `shown_s` the median and most of a swap.

    A request counts as during a swap when it ran at any time from publishing a version to its first answer.
    """

    requests: int
    swaps: int
    failed: int
    torn: int
    during: int
    p50_ms: float
    p99_ms: float
    p99_during_ms: float
    ratio: float
    shown_median_s: float
    shown_most_s: float


def kill_figures(kills: Sequence[Kill]) -> KillFigures:
    """Count what kills have done."""
    return KillFigures(
        len(kills),
        sum(not kill.ended_before for kill in kills),
        sum(not kill.nothing_lost for kill in kills),
    )


def damage_figures(damages: Sequence[Damage]) -> DamageFigures:
    """Count what damages have done."""
    return DamageFigures(len(damages), sum(not damage.noticed or damage.mended is False for damage in damages))


def swap_figures(run: SwapRun) -> SwapFigures:
    """Compute latencies with and without a swap, and count what failed.

    Raises:
        ValueError: there is no request of one of the two kinds.
    """
    good = [request for request in run.requests if request.status == 200]
    during = [request for request in good if any(_overlaps(request, swap) for swap in run.swaps)]
    between = [request for request in good if not any(_overlaps(request, swap) for swap in run.swaps)]
    if not during or not between:
        raise ValueError("there are not both requests during swaps and requests between them")
    p99, p99_during = (float(np.percentile([_ms(one) for one in some], 99)) for some in (between, during))
    shown = [swap.shown_s - swap.published_s for swap in run.swaps]
    return SwapFigures(
        requests=len(run.requests),
        swaps=len(run.swaps),
        failed=len(run.requests) - len(good),
        torn=sum(not request.whole for request in good),
        during=len(during),
        p50_ms=round(float(np.median([_ms(one) for one in between])), 2),
        p99_ms=round(p99, 2),
        p99_during_ms=round(p99_during, 2),
        ratio=round(p99_during / p99, 2),
        shown_median_s=round(float(np.median(shown)), 2),
        shown_most_s=round(max(shown), 2),
    )


def _overlaps(request: Request, swap: Swap) -> bool:
    return request.started_s < swap.shown_s and request.ended_s > swap.published_s


def _ms(request: Request) -> float:
    return 1000 * (request.ended_s - request.started_s)
