"""Rates and memory from what inputs of several sizes cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.reading.work import Read


@dataclass(frozen=True, slots=True)
class Rates:
    """Paragraphs a second of one input: in each stage and in all of them; copies' cost by articles."""

    input: str
    by_stage: dict[str, float]
    overall: float
    copies_s_per_100k_articles: float


def rates(one: Read) -> Rates:
    """Return the rates of one input."""
    return Rates(
        one.input,
        {name: one.paragraphs / seconds for name, seconds in one.seconds.items()},
        one.paragraphs / sum(one.seconds.values()),
        one.seconds["finding copies"] / one.articles * 100_000,
    )


def growth(read: Sequence[Read]) -> float:
    """Return by how many bytes the peak grows for each paragraph more, from the smallest input to the largest.

    Raises:
        ValueError: there are fewer than two sizes.
    """
    smallest, largest = (pick(read, key=lambda one: one.paragraphs) for pick in (min, max))
    if smallest.paragraphs == largest.paragraphs:
        raise ValueError("growth needs inputs of two sizes or more")
    return (largest.peak_bytes - smallest.peak_bytes) / (largest.paragraphs - smallest.paragraphs)
