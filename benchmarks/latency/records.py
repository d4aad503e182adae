"""Raw records of one run: everything that was measured. Figures are computed from them later."""

from dataclasses import dataclass, field

from benchmarks.latency.filters import FilterCondition
from benchmarks.latency.floor import CurvePoint, EncoderThroughput, FloorRound
from benchmarks.latency.timing import Timings
from benchmarks.load.levels import ClosedLevel, OpenLevel
from benchmarks.load.server import Usage


@dataclass(frozen=True, slots=True)
class FloorMeasure:
    """The floor at one moment of the run."""

    single: FloorRound
    all_cores: EncoderThroughput


@dataclass(frozen=True, slots=True)
class Round:
    """Measurements of the service between two measurements of the floor."""

    timings: Timings
    closed: list[ClosedLevel]


@dataclass(frozen=True, slots=True)
class FilterRecord:
    """Searches with a filter, alternating with the same searches without it, and recall@10 of each query."""

    condition: FilterCondition
    filtered: Timings
    unfiltered: Timings
    recall: list[float]


@dataclass(frozen=True, slots=True)
class Records:
    """One run. `floors` has one more entry than `rounds`: one before each round and one after the last."""

    cold_start_s: float | None
    at_start: Usage | None
    floors: list[FloorMeasure]
    rounds: list[Round]
    open: list[OpenLevel]
    recall: list[float]
    filters: list[FilterRecord] = field(default_factory=list)
    curve: list[CurvePoint] = field(default_factory=list)
