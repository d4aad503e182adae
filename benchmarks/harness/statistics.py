"""Figures that several benchmarks compute: a median with its range over rounds, and percentiles of latencies."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

PERCENTILES = (50.0, 90.0, 99.0, 99.9)


@dataclass(frozen=True, slots=True)
class MedianWithRange:
    """A figure over `n` rounds: median, smallest and largest."""

    median: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Percentiles and mean of `n` latencies, in milliseconds; each percentile is one of the latencies."""

    n: int
    mean: float
    p50: float
    p90: float
    p99: float
    p99_9: float


def median_with_range(values: Sequence[float]) -> MedianWithRange:
    """Return median, smallest and largest of one value a round."""
    return MedianWithRange(median(values), min(values), max(values), len(values))


def percentile(histogram: Sequence[tuple[float, int]], percent: float) -> float:
    """Return the smallest value of an ascending histogram that `percent` of all entries do not exceed.

    Raises:
        ValueError: the histogram is empty.
    """
    total = sum(count for _, count in histogram)
    # Rounded before ceil: 99.9 % of 1,000 is 999, but floating point gives slightly more than that.
    rank, seen = ceil(round(percent * total / 100, 6)), 0
    for value, count in histogram:
        seen += count
        if seen >= rank:
            return value
    raise ValueError("the histogram is empty")


def summarise(histogram: Sequence[tuple[float, int]]) -> LatencySummary:
    """Return percentiles and mean of an ascending histogram of milliseconds with counts."""
    n = sum(count for _, count in histogram)
    mean = sum(value * count for value, count in histogram) / n
    return LatencySummary(n, mean, *(percentile(histogram, percent) for percent in PERCENTILES))


def histogram_of(values: Iterable[float]) -> list[tuple[float, int]]:
    """Return values with their counts, ascending."""
    return sorted(Counter(values).items())
