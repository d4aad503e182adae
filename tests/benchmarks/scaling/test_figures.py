"""Rows on hand-made numbers, and their report and chart."""

from pathlib import Path
from typing import Any

from benchmarks.corpora.synthetic_vectors import NoiseFit
from benchmarks.harness.records import read_records, write_records
from benchmarks.harness.resident_memory import ResidentMemory
from benchmarks.scaling.charts import write_chart
from benchmarks.scaling.figures import compute, p50_and_p99
from benchmarks.scaling.kinds import IndexBuild, SearchMeasurements
from benchmarks.scaling.records import Outcome, Records
from benchmarks.scaling.report import write_report
from benchmarks.scaling.vectors import VectorFile, VectorSource

RUN: dict[str, Any] = {
    "command": "python -m benchmarks.scaling measure",
    "commit": "abc",
    "versions": {"khabar": "0"},
    "machine": {"cpu": "a processor", "cores": 2, "memory_gib": 1.0, "python": "3.11"},
}
MIB = 1 << 20


def searched(effort: int) -> SearchMeasurements:
    return SearchMeasurements(
        effort=effort,
        steps=[],
        first_ms=[4.0, 2.0, 3.0, 1.0],
        again_ms=[1.0, 1.0, 1.0, 2.0],
        recall=[1.0, 0.9, 1.0, 0.9],
        headline_recall=[0.8, 1.0],
        before=ResidentMemory(50 * MIB, 20 * MIB),
        after=ResidentMemory(60 * MIB, 120 * MIB),
    )


def records() -> Records:
    return Records(
        VectorSource("en", 90, 384, 2, NoiseFit(0.7, 0.61, 0.62)),
        [VectorFile(1_000, 12.5, 0.55, 0.45)],
        [
            Outcome("exact", 1_000, None, searched(0), None),
            Outcome("ivf-sq8", 1_000, IndexBuild(3.5, 400_000, 9 * MIB), searched(64), None),
            Outcome("hnsw-sq8", 1_000, None, None, "building: it took longer than 7200 s"),
        ],
    )


def test_a_row_has_percentiles_growth_and_bytes_of_the_index() -> None:
    scan, lists = compute(records()).rows
    assert (lists.first_p50_ms, lists.first_p99_ms, lists.again_p50_ms, lists.again_p99_ms) == (2.0, 4.0, 1.0, 2.0)
    assert (lists.own_bytes, lists.mapped_bytes) == (10 * MIB, 100 * MIB)
    assert (lists.bytes_per_vector, lists.build_s, lists.effort) == (400.0, 3.5, 64)
    assert (lists.recall_at_10, lists.headline_recall_at_10) == (0.95, 0.9)
    assert (scan.bytes_per_vector, scan.build_s) == (1_536.0, None)


def test_tail_is_the_99th_percentile() -> None:
    assert p50_and_p99([float(n) for n in range(1, 201)]) == (100.0, 198.0)


def test_skipped_kinds_have_a_reason() -> None:
    skipped = compute(records()).skipped
    assert [(one.kind, one.reason) for one in skipped] == [("hnsw-sq8", "building: it took longer than 7200 s")]


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_records(tmp_path / "records.json", records(), Records)
    assert read_records(tmp_path / "records.json", Records) == records()


def test_report_has_all_tables(tmp_path: Path) -> None:
    write_report(tmp_path / "report.md", compute(records()), records(), RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| ivf-sq8 | 1,000 | 64 | 2.00 | 4.00 | 1.00 | 2.00 | 0.9500 | 0.9000 |" in text
    assert "| exact | 1,000 | - | 1,536 | 1 | 10 | 100 |" in text
    assert "| 1,000 | 0.5500 | 0.4500 | 12.5 |" in text
    assert "noise factor of 0.7: " in text
    assert "| hnsw-sq8 | 1,000 | building: it took longer than 7200 s |" in text


def test_chart_is_drawn_only_if_there_are_rows(tmp_path: Path) -> None:
    assert write_chart(tmp_path / "scaling.png", compute(records()).rows)
    assert not write_chart(tmp_path / "none.png", [])
    assert [path.name for path in tmp_path.iterdir()] == ["scaling.png"]
