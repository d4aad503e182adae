"""Raw records of one run: every kill, every damage, every request and every swap."""

from dataclasses import dataclass

from benchmarks.soak.damage import Damage
from benchmarks.soak.kills import Kill
from benchmarks.soak.swaps import SwapRun


@dataclass(frozen=True, slots=True)
class Records:
    """One run, or the parts of several runs."""

    kills: list[Kill]
    damages: list[Damage]
    swaps: SwapRun
