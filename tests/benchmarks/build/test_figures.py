"""Rates, shares and ratios on hand-made numbers, and the report of them."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.build.figures import START, compute
from benchmarks.build.rates import RateRound, Rates
from benchmarks.build.records import Records, SizeRecord
from benchmarks.build.report import write_report
from benchmarks.build.runs import Rebuild
from benchmarks.harness.build_process import EMBEDDING, BuildRun
from benchmarks.harness.records import read_records, write_records
from indexer.reporting.stages import Stage

RUN: dict[str, Any] = {
    "command": "python -m benchmarks.build measure",
    "commit": "abc",
    "versions": {"khabar": "0"},
    "machine": {"cpu": "a processor", "cores": 2, "memory_gib": 1.0, "python": "3.11"},
    "model": None,
}


def build_run(wall_s: float, embedded: int, embedding_s: float) -> BuildRun:
    stages = [
        Stage("loading the model", 2.0, 1 << 20),
        Stage("splitting", 0.5, 2 << 20),
        Stage(EMBEDDING, embedding_s, 8 << 20),
        Stage("publishing", 1.0, 8 << 20),
    ]
    return BuildRun(wall_s, 40, 100, embedded, stages)


def records() -> Records:
    rebuilds = [Rebuild(0.0, 0, build_run(5.0, 0, 0.1)), Rebuild(0.1, 4, build_run(7.0, 5, 1.0))]
    rates = Rates(
        512, 51_200, "cpu", "bf16", 0.99987, [RateRound(8.0, 16.0), RateRound(4.0, 16.0), RateRound(8.0, 8.0)]
    )
    return Records(
        [
            SizeRecord(100, True, build_run(20.0, 80, 16.0), rebuilds),
            SizeRecord(200, False, build_run(5.0, 1, 0.5), []),
        ],
        rates,
    )


def test_rates_of_stages_count_what_each_stage_handles() -> None:
    rows = {(row.size, row.stage): row for row in compute(records()).stages}
    assert rows[100, "splitting"].per_s == 200
    assert rows[100, EMBEDDING].per_s == 5  # of 80 texts that were embedded, not of 100 paragraphs
    assert rows[200, EMBEDDING].per_s is None
    assert rows[100, "loading the model"].per_s is None
    assert rows[100, START].seconds == 0.5


def test_share_of_embedding_needs_a_build_from_empty() -> None:
    first, second = compute(records()).sizes
    assert (first.embedding_share, second.embedding_share) == (0.8, None)
    assert (first.paragraphs_per_s, first.peak_rss_bytes) == (5.0, 8 << 20)


def test_rebuilds_are_compared_with_the_first_build() -> None:
    rebuilds = compute(records()).rebuilds
    assert [(row.share, row.changed, row.embedded, row.over_first) for row in rebuilds] == [
        (0.0, 0, 0, 0.25),
        (0.1, 4, 5, 0.35),
    ]


def test_ratio_of_rates_is_taken_within_rounds() -> None:
    rates = compute(records()).rates
    assert rates is not None
    assert (rates.ratio.low, rates.ratio.median, rates.ratio.high) == (1.0, 2.0, 4.0)
    assert rates.khabar_per_s.median == 64


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_records(tmp_path / "records.json", records(), Records)
    assert read_records(tmp_path / "records.json", Records) == records()


@pytest.mark.parametrize("whole", [True, False])
def test_report_says_if_embeddings_were_reused(whole: bool, tmp_path: Path) -> None:
    some = records() if whole else Records(records().sizes[:1], None)
    write_report(tmp_path / "report.md", compute(some), some, RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert ("At 200 paragraphs the first build reused the embeddings of another store" in text) == whole
    assert ("## Embedding beside plain" in text) == whole
    assert "| 100 | 40 | 100 | 80 | 20.0 | 5.0 | 80.0% | 8 |" in text
    assert "| 100 | 10% | 4 | 5 | 7.0 | 0.350 |" in text
