"""Raw records of one run: everything that was measured, before anything is computed from it."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.build.rates import Rates
from benchmarks.build.runs import BuildRun, Rebuild


@dataclass(frozen=True, slots=True)
class SizeRecord:
    """One size: its first build, and the rebuilds after it.

    `from_empty` is False where the first build found the embeddings of another store.
    """

    size: int
    from_empty: bool
    first: BuildRun
    rebuilds: list[Rebuild]


@dataclass(frozen=True, slots=True)
class Records:
    """One run, by rising size."""

    sizes: list[SizeRecord]
    rates: Rates | None


def write_records(path: Path, records: Records) -> None:
    """Write records as indented JSON."""
    path.write_bytes(TypeAdapter(Records).dump_json(records, indent=1) + b"\n")


def read_records(path: Path) -> Records:
    """Read what `write_records` wrote."""
    return TypeAdapter(Records).validate_json(path.read_bytes())
