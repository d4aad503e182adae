"""Percentiles, and medians with their range, on hand-made numbers."""

import pytest

from benchmarks.harness.statistics import (
    LatencySummary,
    MedianWithRange,
    histogram_of,
    median_with_range,
    percentile,
    summarise,
)


def test_percentiles_are_values_that_occur() -> None:
    values = histogram_of([float(n) for n in range(1, 1001)])
    assert [percentile(values, p) for p in (0.1, 50, 90, 99, 99.9, 100)] == [1, 500, 900, 990, 999, 1000]


def test_percentiles_use_counts() -> None:
    assert summarise([(1.0, 98), (10.0, 1), (100.0, 1)]) == LatencySummary(100, 2.08, 1.0, 1.0, 10.0, 100.0)


def test_empty_histogram_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="empty"):
        percentile([], 50)


def test_range_is_smallest_and_largest() -> None:
    assert median_with_range([3.0, 1.0, 2.0, 10.0]) == MedianWithRange(2.5, 1.0, 10.0, 4)
