"""Reports and charts from figures, with and without some measurements."""

from pathlib import Path
from typing import Any

from benchmarks.latency.charts import write_curve_chart, write_rate_chart
from benchmarks.latency.figures import compute
from benchmarks.latency.floor import CurvePoint
from benchmarks.latency.records import Records
from benchmarks.latency.report import write_report
from tests.benchmarks.latency.test_figures import records

RUN: dict[str, Any] = {
    "command": "python -m benchmarks.latency measure",
    "commit": "abc",
    "versions": {"khabar": "0"},
    "machine": {"cpu": "a processor", "cores": 2, "memory_gib": 1.0, "python": "3.11"},
    "snapshot": {"articles": 1, "paragraphs": 2, "model": "m", "query_encoder": "onnx-int8"},
    "parameters": {"cache": False, "workers": 1, "queries": 3, "rounds": 2, "seconds": 1.0},
}


def test_report_shows_ratios_levels_and_errors(tmp_path: Path) -> None:
    write_report(tmp_path / "report.md", compute(records()), records(), RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| server-side p50 / floor | 1.25 [1.25, 1.25] |" in text
    assert "300 status" in text
    assert "1 timeout" in text
    assert "| dates | 10.00% | 0.7500 |" in text


def test_report_of_a_server_that_was_running_before_has_no_start_and_memory(tmp_path: Path) -> None:
    whole = records()
    levels = [type(level)(level.load, None) for level in whole.rounds[0].closed]
    without = Records(None, None, whole.floors[:2], [type(whole.rounds[0])(whole.rounds[0].timings, levels)], [], [1.0])
    write_report(tmp_path / "report.md", compute(without), without, RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "## Open loop" not in text
    assert "## Start and memory" not in text
    assert "| - | - |" in text


def test_charts_are_drawn_only_if_there_are_points(tmp_path: Path) -> None:
    assert write_rate_chart(tmp_path / "rates.png", compute(records()).open)
    assert not write_rate_chart(tmp_path / "none.png", [])
    points = [CurvePoint("en", "ivf-sq8", n, 1 - 1 / (n + 1), 0.1 * n) for n in (1, 2, 4)]
    assert write_curve_chart(tmp_path / "recall.png", points)
    assert not write_curve_chart(tmp_path / "none.png", [])
    assert {path.name for path in tmp_path.iterdir()} == {"rates.png", "recall.png"}
