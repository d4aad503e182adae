"""Figures and report of the options of a search, on hand-made records."""

from pathlib import Path

import pytest

from benchmarks.features.figures import compute
from benchmarks.features.options import EVERYTHING, PLAIN
from benchmarks.features.records import BuildCosts, FeatureLevel, Records
from benchmarks.features.report import write_report
from benchmarks.load.closed_loop import ClosedLoad


def level(
    feature: str, number: int, *, requests: int, cpu_s: float, p50_us: int = 10_000, **errors: int
) -> FeatureLevel:
    load = ClosedLoad(16, 2.0, requests, errors, ((p50_us, requests),))
    return FeatureLevel(feature, {}, number, load, cpu_s)


LEVELS = [
    level(PLAIN, 0, requests=100, cpu_s=1.0),
    level(EVERYTHING, 0, requests=50, cpu_s=1.0, p50_us=30_000),
    level(EVERYTHING, 1, requests=100, cpu_s=1.0, p50_us=40_000, status=40),
    level(PLAIN, 1, requests=200, cpu_s=1.0),
]
BUILD = BuildCosts(
    paragraphs=100_000,
    stages_s={"reading": 40.0, "embedding": 900.0, "finding events": 2.0, "indexing words": 3.0, "writing": 5.0},
    bytes={"words": 20, "events": 5, "all": 125},
)


def test_options_are_compared_with_plain_searches_of_their_round() -> None:
    plain, together = compute(Records(LEVELS, BUILD)).features
    assert (plain.throughput.low, plain.throughput.high) == (50, 100)
    assert (plain.cpu_ms.low, plain.cpu_ms.high) == (5, 10)
    assert (together.throughput_ratio.low, together.throughput_ratio.high) == (0.3, 0.5)  # only good answers count
    assert (together.p50_ratio.low, together.p50_ratio.high) == (3, 4)
    assert (together.cpu_ratio.low, together.cpu_ratio.high) == (2, 2)
    assert (plain.errors, together.errors) == (0, 40)


def test_words_and_events_are_compared_with_a_build_without_them_and_without_embedding() -> None:
    figures = compute(Records(LEVELS, BUILD))
    assert figures.together == pytest.approx(0.4)
    assert figures.build_ratio == pytest.approx(50 / 45)
    assert figures.size_ratio == pytest.approx(1.25)


def test_a_report_shows_every_option_and_the_limits(tmp_path: Path) -> None:
    records = Records(LEVELS, BUILD)
    run = {
        "command": "c",
        "commit": "abc",
        "versions": {"khabar": "0"},
        "machine": {"cpu": "x", "cores": 2, "memory_gib": 8, "python": "3"},
    }
    write_report(tmp_path / "report.md", compute(records), records, run)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    for row in (
        "| throughput with filters, facets, events and highlights / plain | 0.40 | at least 0.5 |",
        "| time of a build without embedding, with words and events / without | 1.111 | at most 1.10 |",
        f"| {PLAIN} | 75 [50, 100] | 10.0 [10.0, 10.0] | 7.5 [5.0, 10.0] | 1.00 [1.00, 1.00] |",
        "| embedding | 900.00 |",
    ):
        assert row in text, row
