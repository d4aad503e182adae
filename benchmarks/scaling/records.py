"""Raw records of one run: everything that was measured. Figures are computed from them later."""

from dataclasses import dataclass

from benchmarks.scaling.kinds import IndexBuild, Kind, SearchMeasurements
from benchmarks.scaling.vectors import VectorFile, VectorSource


@dataclass(frozen=True, slots=True)
class Outcome:
    """One kind at one size; `skipped` is the reason if it was not measured completely."""

    kind: Kind
    size: int
    built: IndexBuild | None
    searched: SearchMeasurements | None
    skipped: str | None


@dataclass(frozen=True, slots=True)
class Records:
    """One run; `outcomes` are in order of measurement."""

    source: VectorSource
    written: list[VectorFile]
    outcomes: list[Outcome]
