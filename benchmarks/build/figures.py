"""From raw records to figures: rates of stages, shares, and ratios of rebuilds."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.build.rates import Rates
from benchmarks.build.records import Records, SizeRecord
from benchmarks.harness.build_process import EMBEDDING, BuildRun
from benchmarks.harness.statistics import MedianWithRange, median_with_range

START = "start and end of the process"
_STAGES_DONE_ONCE = (START, "loading the model", "query encoder")


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage at one size.

    `per_s` are paragraphs a second, or texts embedded a second for the embedding. It is None for a stage
    that runs once for any size, and if nothing had to be embedded. `peak_rss_bytes` is the peak memory of
    the process up to the end of the stage; None before and after the build.
    """

    size: int
    stage: str
    seconds: float
    per_s: float | None
    peak_rss_bytes: int | None


@dataclass(frozen=True, slots=True)
class SizeRow:
    """A whole first build; `embedding_share` of its wall time is None if embeddings were reused."""

    size: int
    articles: int
    paragraphs: int
    embedded: int
    wall_s: float
    paragraphs_per_s: float
    embedding_share: float | None
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class RebuildRow:
    """A rebuild; `over_first` is its wall time over that of the first build, None if that reused embeddings."""

    size: int
    share: float
    changed: int
    embedded: int
    wall_s: float
    over_first: float | None


@dataclass(frozen=True, slots=True)
class RateRow:
    """Passages a second in each way, and the ratio of khabar's rate to the plain one within a round."""

    khabar_per_s: MedianWithRange
    plain_per_s: MedianWithRange
    ratio: MedianWithRange


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    sizes: list[SizeRow]
    stages: list[StageRow]
    rebuilds: list[RebuildRow]
    rates: RateRow | None


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    return Figures(
        sizes=[size_row(record) for record in records.sizes],
        stages=[row for record in records.sizes for row in stage_rows(record)],
        rebuilds=[row for record in records.sizes for row in rebuild_rows(record)],
        rates=rate_row(records.rates) if records.rates else None,
    )


def size_row(record: SizeRecord) -> SizeRow:
    """Return the figures of a whole first build."""
    run = record.first
    return SizeRow(
        size=record.size,
        articles=run.articles,
        paragraphs=run.paragraphs,
        embedded=run.embedded,
        wall_s=run.wall_s,
        paragraphs_per_s=run.paragraphs / run.wall_s,
        embedding_share=seconds_of(run, EMBEDDING) / run.wall_s if record.from_empty else None,
        peak_rss_bytes=run.peak_rss_bytes,
    )


def stage_rows(record: SizeRecord) -> Iterator[StageRow]:
    """Yield every stage of a first build, then the rest of its wall time."""
    run = record.first
    for stage in run.stages:
        n_done = run.paragraphs if stage.name != EMBEDDING else run.embedded if record.from_empty else 0
        rate = n_done / stage.seconds if n_done and stage.seconds and stage.name not in _STAGES_DONE_ONCE else None
        yield StageRow(record.size, stage.name, stage.seconds, rate, stage.peak_rss_bytes)
    rest = run.wall_s - sum(stage.seconds for stage in run.stages)
    yield StageRow(record.size, START, round(rest, 3), None, None)


def rebuild_rows(record: SizeRecord) -> Iterator[RebuildRow]:
    """Yield the figures of each rebuild."""
    for rebuild in record.rebuilds:
        run = rebuild.run
        ratio = run.wall_s / record.first.wall_s if record.from_empty else None
        yield RebuildRow(record.size, rebuild.share, rebuild.changed, run.embedded, run.wall_s, ratio)


def rate_row(rates: Rates) -> RateRow:
    """Return rates and their ratio over rounds."""
    return RateRow(
        khabar_per_s=median_with_range([rates.passages / one.khabar_s for one in rates.rounds]),
        plain_per_s=median_with_range([rates.passages / one.plain_s for one in rates.rounds]),
        ratio=median_with_range([one.plain_s / one.khabar_s for one in rates.rounds]),
    )


def seconds_of(run: BuildRun, stage: str) -> float:
    """Return the wall seconds of one stage."""
    return next(one.seconds for one in run.stages if one.name == stage)
