"""Rates and growth on hand-made numbers."""

import pytest

from benchmarks.reading.figures import growth, rates
from benchmarks.reading.measurement import ReadingRun


def reading_run(paragraphs: int, peak_bytes: int) -> ReadingRun:
    seconds = {"reading": 2.0, "splitting": 5.0, "finding copies": 1.0}
    return ReadingRun("news", 1, 250, 0, paragraphs, 3, seconds, peak_bytes)


def test_rates_are_paragraphs_a_second() -> None:
    found = rates(reading_run(4_000, 1))
    assert found.by_stage == {"reading": 2_000, "splitting": 800, "finding copies": 4_000}
    assert found.overall == 500
    assert found.copies_s_per_100k_articles == 400


def test_growth_is_from_the_smallest_to_the_largest_input() -> None:
    assert growth([reading_run(1_000, 5_000), reading_run(500, 4_000), reading_run(3_500, 10_000)]) == 2
    with pytest.raises(ValueError, match="two sizes"):
        growth([reading_run(1_000, 5_000), reading_run(1_000, 5_001)])
