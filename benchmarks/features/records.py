"""Raw records: every level of load, and what the build of the store reported."""

from dataclasses import dataclass

from benchmarks.load.closed_loop import ClosedLoad


@dataclass(frozen=True, slots=True)
class FeatureLevel:
    """One level of load with one option of a search; `cpu_s` is the processor time of the service meanwhile."""

    feature: str
    parameters: dict[str, str]
    round: int
    load: ClosedLoad
    cpu_s: float


@dataclass(frozen=True, slots=True)
class BuildCosts:
    """Seconds of each stage of the build that made the version, and the bytes of its parts."""

    paragraphs: int
    stages_s: dict[str, float]
    bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Records:
    """One run."""

    levels: list[FeatureLevel]
    build: BuildCosts
