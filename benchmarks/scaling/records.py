"""Raw records of one run: everything that was measured, before anything is computed from it."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.scaling.kinds import Built, Kind, Searched
from benchmarks.scaling.vectors import Source, Written


@dataclass(frozen=True, slots=True)
class Outcome:
    """One kind at one size; `skipped` says why there is nothing, or not all, of it."""

    kind: Kind
    size: int
    built: Built | None
    searched: Searched | None
    skipped: str | None


@dataclass(frozen=True, slots=True)
class Records:
    """One run; `outcomes` in the order in which they were measured."""

    source: Source
    written: list[Written]
    outcomes: list[Outcome]


def write_records(path: Path, records: Records) -> None:
    """Write records as indented JSON."""
    path.write_bytes(TypeAdapter(Records).dump_json(records, indent=1) + b"\n")


def read_records(path: Path) -> Records:
    """Read what `write_records` wrote."""
    return TypeAdapter(Records).validate_json(path.read_bytes())
