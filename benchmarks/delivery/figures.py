"""From raw records to figures: medians over rounds, and ratios within a round."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.delivery.records import BatchRound, ExportRound, Records
from benchmarks.harness.statistics import MedianWithRange, median_with_range

MAX_BATCH_RATIO = 1 / 3
MAX_FIRST_BYTE_S = 0.2
MAX_GROWN_BYTES = 50 * 2**20


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """Searches of one kind over rounds: seconds, and the batch divided by the same searches one after the other.

    `client_ratio` divides by their time with khabar's client.
    """

    kind: str
    searches: int
    batch_s: MedianWithRange
    single_s: MedianWithRange
    client_s: MedianWithRange
    ratio: MedianWithRange
    client_ratio: MedianWithRange


@dataclass(frozen=True, slots=True)
class ExportFigures:
    """Exports of one kind over rounds; `left_files` is that of the worst round."""

    format: str
    read: str
    rows: int
    body_bytes: int
    first_byte_s: MedianWithRange
    total_s: MedianWithRange
    grown_bytes: MedianWithRange
    left_files: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    batches: list[BatchFigures]
    exports: list[ExportFigures]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    kinds = dict.fromkeys(each.kind for each in records.batches)
    exported = dict.fromkeys((each.format, each.read) for each in records.exports)
    return Figures(
        [_batches([each for each in records.batches if each.kind == kind]) for kind in kinds],
        [_exports([each for each in records.exports if (each.format, each.read) == one]) for one in exported],
    )


def _batches(rounds: Sequence[BatchRound]) -> BatchFigures:
    return BatchFigures(
        kind=rounds[0].kind,
        searches=rounds[0].searches,
        batch_s=median_with_range([each.batch_s for each in rounds]),
        single_s=median_with_range([each.single_s for each in rounds]),
        client_s=median_with_range([each.client_s for each in rounds]),
        ratio=median_with_range([each.batch_s / each.single_s for each in rounds]),
        client_ratio=median_with_range([each.batch_s / each.client_s for each in rounds]),
    )


def _exports(rounds: Sequence[ExportRound]) -> ExportFigures:
    return ExportFigures(
        format=rounds[0].format,
        read=rounds[0].read,
        rows=rounds[0].rows,
        body_bytes=rounds[0].body_bytes,
        first_byte_s=median_with_range([each.first_byte_s for each in rounds]),
        total_s=median_with_range([each.total_s for each in rounds]),
        grown_bytes=median_with_range([each.grown_bytes for each in rounds]),
        left_files=max(each.left_files for each in rounds),
    )
