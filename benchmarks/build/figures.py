"""From raw records to figures: rates of stages, shares, and ratios of rebuilds."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.build.rates import Rates
from benchmarks.build.records import Records, SizeRecord
from benchmarks.build.runs import BuildRun
from benchmarks.latency.figures import Spread, spread

START = "start and end of the process"
EMBEDDING = "embedding"
_ONCE = (START, "loading the model", "query encoder")


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage at one size.

    `per_s` are paragraphs a second (texts embedded, for the embedding); None for what is done once
    whatever the size, and where nothing had to be embedded. `peak_rss_bytes` is what the process
    had held at most by its end; None outside of the build proper.
    """

    size: int
    stage: str
    seconds: float
    per_s: float | None
    peak_rss_bytes: int | None


@dataclass(frozen=True, slots=True)
class SizeRow:
    """A whole first build; `embedding_share` of its wall time is None where embeddings were there before."""

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
    """A rebuild, and its wall time over that of the first build; None where that was not from empty."""

    size: int
    share: float
    changed: int
    embedded: int
    wall_s: float
    over_first: float | None


@dataclass(frozen=True, slots=True)
class RateRow:
    """Passages a second each way, and khabar's over the plain one's within a round."""

    khabar_per_s: Spread
    plain_per_s: Spread
    ratio: Spread


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
        peak_rss_bytes=max(stage.peak_rss_bytes for stage in run.stages),
    )


def stage_rows(record: SizeRecord) -> Iterator[StageRow]:
    """Yield every stage of a first build, last what is left of its wall time."""
    run = record.first
    for stage in run.stages:
        done = run.paragraphs if stage.name != EMBEDDING else run.embedded if record.from_empty else 0
        rate = done / stage.seconds if done and stage.seconds and stage.name not in _ONCE else None
        yield StageRow(record.size, stage.name, stage.seconds, rate, stage.peak_rss_bytes)
    left = run.wall_s - sum(stage.seconds for stage in run.stages)
    yield StageRow(record.size, START, round(left, 3), None, None)


def rebuild_rows(record: SizeRecord) -> Iterator[RebuildRow]:
    """Yield the figures of each rebuild."""
    for rebuild in record.rebuilds:
        run = rebuild.run
        ratio = run.wall_s / record.first.wall_s if record.from_empty else None
        yield RebuildRow(record.size, rebuild.share, rebuild.changed, run.embedded, run.wall_s, ratio)


def rate_row(rates: Rates) -> RateRow:
    """Return rates and their ratio over rounds."""
    return RateRow(
        khabar_per_s=spread([rates.passages / found.khabar_s for found in rates.rounds]),
        plain_per_s=spread([rates.passages / found.plain_s for found in rates.rounds]),
        ratio=spread([found.plain_s / found.khabar_s for found in rates.rounds]),
    )


def seconds_of(run: BuildRun, stage: str) -> float:
    """Return the wall seconds of one stage."""
    return next(found.seconds for found in run.stages if found.name == stage)
