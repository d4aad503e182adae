"""From raw records to figures: kills with a loss, unnoticed damages, latencies during swaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.soak.damage import Damage
from benchmarks.soak.kills import Kill
from benchmarks.soak.records import Records
from benchmarks.soak.swaps import Request, Swap, SwapRun


@dataclass(frozen=True, slots=True)
class KillFigures:
    """`lost` counts kills after which something was lost; `in_time` counts kills of a build that was still running."""

    kills: int
    in_time: int
    lost: int


@dataclass(frozen=True, slots=True)
class DamageFigures:
    """`unnoticed` counts damages that verifying did not notice or that the next build did not repair."""

    damages: int
    unnoticed: int


@dataclass(frozen=True, slots=True)
class SwapFigures:
    """Requests during and between swaps; latencies in milliseconds.

    A request is during a swap if it ran at any time from publishing a version to its first answer.
    `shown_median_s` and `shown_most_s` are the median and the largest duration of a swap. `torn` counts
    answers that differ from those of the version that they name.
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


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    kills: KillFigures
    damages: DamageFigures
    swaps: SwapFigures


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    return Figures(kill_figures(records.kills), damage_figures(records.damages), swap_figures(records.swaps))


def kill_figures(kills: Sequence[Kill]) -> KillFigures:
    """Count kills."""
    return KillFigures(
        len(kills), sum(not kill.ended_before for kill in kills), sum(not kill.nothing_lost for kill in kills)
    )


def damage_figures(damages: Sequence[Damage]) -> DamageFigures:
    """Count damages."""
    return DamageFigures(len(damages), sum(not damage.noticed or damage.mended is False for damage in damages))


def swap_figures(run: SwapRun) -> SwapFigures:
    """Compute latencies during and between swaps, and count failures.

    Raises:
        ValueError: no request succeeded during a swap, or none between swaps.
    """
    good = [request for request in run.requests if request.status == 200]
    during = [request for request in good if any(_overlaps(request, swap) for swap in run.swaps)]
    between = [request for request in good if not any(_overlaps(request, swap) for swap in run.swaps)]
    if not during or not between:
        raise ValueError("latencies need good requests both during and between swaps")
    p99, p99_during = (float(np.percentile([_ms(one) for one in requests], 99)) for requests in (between, during))
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
