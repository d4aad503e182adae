"""Figures and report of query encoders, on hand-made records."""

from pathlib import Path

from benchmarks.encoding.figures import EncodingRound, FirstBuild, Records, compute
from benchmarks.encoding.report import write_report

RECORDS = Records(
    builds=[FirstBuild("none", 40.0, 30.0, 5 * 2**30), FirstBuild("bundled", 10.5, 0.5, 2**30)],
    encodings=[
        EncodingRound("none", 0, [4.0, 2.0, 3.0]),
        EncodingRound("bundled", 0, [1.5, 9.0, 1.0]),
        EncodingRound("none", 1, [4.0, 4.0, 4.0]),
        EncodingRound("bundled", 1, [1.0, 1.0, 1.0]),
    ],
)
RUN = {
    "command": "python -m benchmarks.encoding measure",
    "commit": "abc",
    "versions": {"khabar": "1"},
    "machine": {"cpu": "c", "cores": 2, "memory_gib": 8, "python": "3.11"},
}


def test_encoders_are_compared_round_by_round() -> None:
    none, bundled = compute(RECORDS).encoders
    assert (none.query_encoder, none.p50_ms.median, none.p50_ratio.high) == ("none", 3.5, 1.0)
    assert (bundled.p50_ms.low, bundled.p50_ms.high, bundled.p99_ms.high) == (1.0, 1.5, 9.0)
    # 1.5 / 3 in the first round, 1 / 4 in the second
    assert (bundled.p50_ratio.low, bundled.p50_ratio.median, bundled.p50_ratio.high) == (0.25, 0.375, 0.5)


def test_the_report_has_both_tables(tmp_path: Path) -> None:
    write_report(tmp_path / "report.md", compute(RECORDS), RECORDS, RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| bundled | 1.25 [1.00, 1.50] | 5.00 [1.00, 9.00] | 0.38 [0.25, 0.50] |" in text
    assert "| none | 40.0 | 30.0 | 5,120 |" in text
    assert "3 queries" in text
