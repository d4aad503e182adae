"""From raw records to figures: rates of stages, and memory by number of paragraphs."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.reading.measurement import ReadingRun


@dataclass(frozen=True, slots=True)
class Rates:
    """Paragraphs a second of one input, in each stage and in all of them.

    `copies_s_per_100k_articles` are seconds to find the near-duplicates of 100,000 articles.
    """

    input: str
    by_stage: dict[str, float]
    overall: float
    copies_s_per_100k_articles: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    rates: list[Rates]
    bytes_per_paragraph: float


def compute(runs: Sequence[ReadingRun]) -> Figures:
    """Compute all figures from raw records."""
    return Figures([rates(run) for run in runs], growth(runs))


def rates(run: ReadingRun) -> Rates:
    """Return the rates of one input."""
    return Rates(
        run.input,
        {name: run.paragraphs / seconds for name, seconds in run.seconds.items()},
        run.paragraphs / sum(run.seconds.values()),
        run.seconds["finding copies"] / run.articles * 100_000,
    )


def growth(runs: Sequence[ReadingRun]) -> float:
    """Return the growth of the peak in bytes for each additional paragraph, from the smallest input to the largest.

    Raises:
        ValueError: the inputs have fewer than two sizes.
    """
    smallest, largest = (pick(runs, key=lambda run: run.paragraphs) for pick in (min, max))
    if smallest.paragraphs == largest.paragraphs:
        raise ValueError("growth needs inputs of two sizes or more")
    return (largest.peak_bytes - smallest.peak_bytes) / (largest.paragraphs - smallest.paragraphs)
