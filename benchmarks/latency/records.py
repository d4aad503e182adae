"""Raw records of one run: everything that was measured, before anything is computed from it."""

import gzip
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from benchmarks.latency.closed_loop import ClosedLoad
from benchmarks.latency.filters import Condition
from benchmarks.latency.floor import CurvePoint, EncoderThroughput, FloorRound
from benchmarks.latency.schedule import OpenLoad
from benchmarks.latency.server import Usage
from benchmarks.latency.timing import Timings


@dataclass(frozen=True, slots=True)
class Spent:
    """What a server used while something was measured: CPU seconds, and its memory afterwards."""

    cpu_s: float
    after: Usage


@dataclass(frozen=True, slots=True)
class ClosedLevel:
    """One closed-loop level of one round."""

    load: ClosedLoad
    server: Spent | None


@dataclass(frozen=True, slots=True)
class OpenLevel:
    """One open-loop rate."""

    load: OpenLoad
    server: Spent | None


@dataclass(frozen=True, slots=True)
class FloorMeasure:
    """The floor at one moment of the run."""

    single: FloorRound
    all_cores: EncoderThroughput


@dataclass(frozen=True, slots=True)
class Round:
    """What was measured of the service between two measures of the floor."""

    timings: Timings
    closed: list[ClosedLevel]


@dataclass(frozen=True, slots=True)
class FilterRecord:
    """Searches with a filter, and the same ones without, asked in turns; recall@10 of each query."""

    condition: Condition
    filtered: Timings
    unfiltered: Timings
    recall: list[float]


@dataclass(frozen=True, slots=True)
class Records:
    """One run. `floors` has one entry more than `rounds`: one before each round, one after the last."""

    cold_start_s: float | None
    at_start: Usage | None
    floors: list[FloorMeasure]
    rounds: list[Round]
    open: list[OpenLevel]
    recall: list[float]
    filters: list[FilterRecord] = field(default_factory=list)
    curve: list[CurvePoint] = field(default_factory=list)


def write_records(path: Path, records: Any, kind: Any = Records) -> None:
    """Write records of a kind as gzipped JSON, the same bytes for the same records."""
    content = TypeAdapter(kind).dump_json(records)
    with path.open("wb") as stream, gzip.GzipFile(fileobj=stream, mode="wb", mtime=0, filename="") as packed:
        packed.write(content)


def read_records(path: Path) -> Records:
    """Read what `write_records` wrote."""
    return TypeAdapter(Records).validate_json(gzip.decompress(path.read_bytes()))
