"""From raw records to figures: each option compared with plain searches of the same round."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.features.options import EVERYTHING, PLAIN
from benchmarks.features.records import BuildCosts, FeatureLevel, Records
from benchmarks.harness.statistics import MedianWithRange, median_with_range
from benchmarks.load.closed_loop import total_errors

EMBEDDING_STAGES = ("loading the model", "embedding", "query encoder")
"""Stages that take most of a first build, and hardly any time of a nightly one."""

ADDED_STAGES = ("finding events", "indexing words")

MIN_THROUGHPUT = 0.5
MAX_BUILD = 1.10
MAX_SIZE = 1.40


@dataclass(frozen=True, slots=True)
class FeatureFigures:
    """One option over rounds: good answers a second, p50 and processor time of an answer in milliseconds.

    The ratios divide by those of plain searches in the same round.
    """

    feature: str
    parameters: dict[str, str]
    throughput: MedianWithRange
    p50_ms: MedianWithRange
    cpu_ms: MedianWithRange
    throughput_ratio: MedianWithRange
    p50_ratio: MedianWithRange
    cpu_ratio: MedianWithRange
    errors: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows.

    `together` is the throughput of all features over that of plain searches. `build_ratio` is the time of a build
    without embedding over that without words and events, `size_ratio` the same for the bytes of the version.
    """

    features: list[FeatureFigures]
    together: float
    paragraphs: int
    build_ratio: float
    size_ratio: float


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    plain = {level.round: level for level in records.levels if level.feature == PLAIN}
    names = dict.fromkeys(level.feature for level in records.levels)
    features = [
        _feature([(plain[level.round], level) for level in records.levels if level.feature == name]) for name in names
    ]
    (together,) = (one.throughput_ratio.median for one in features if one.feature == EVERYTHING)
    build = records.build
    return Figures(features, together, build.paragraphs, _build_ratio(build), _size_ratio(build))


def _feature(pairs: Sequence[tuple[FeatureLevel, FeatureLevel]]) -> FeatureFigures:
    levels = [level for _, level in pairs]
    p50s = [level.load.latency().p50 for level in levels]
    cpu = [_cpu_ms(level) for level in levels]
    return FeatureFigures(
        feature=levels[0].feature,
        parameters=levels[0].parameters,
        throughput=median_with_range([level.load.throughput for level in levels]),
        p50_ms=median_with_range(p50s),
        cpu_ms=median_with_range(cpu),
        throughput_ratio=median_with_range([level.load.throughput / plain.load.throughput for plain, level in pairs]),
        p50_ratio=median_with_range(
            [p50 / plain.load.latency().p50 for (plain, _), p50 in zip(pairs, p50s, strict=True)]
        ),
        cpu_ratio=median_with_range([ms / _cpu_ms(plain) for (plain, _), ms in zip(pairs, cpu, strict=True)]),
        errors=sum(total_errors(level.load for level in levels).values()),
    )


def _cpu_ms(level: FeatureLevel) -> float:
    return 1000 * level.cpu_s / level.load.requests


def _build_ratio(build: BuildCosts) -> float:
    without_embedding = {name: s for name, s in build.stages_s.items() if name not in EMBEDDING_STAGES}
    added = sum(without_embedding.get(name, 0.0) for name in ADDED_STAGES)
    total = sum(without_embedding.values())
    return total / (total - added)


def _size_ratio(build: BuildCosts) -> float:
    return build.bytes["all"] / (build.bytes["all"] - build.bytes["words"] - build.bytes["events"])
