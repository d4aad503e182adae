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
    is_short=[True, False, False],
)
RUN = {
    "command": "python -m benchmarks.encoding measure",
    "commit": "abc",
    "versions": {"khabar": "1"},
    "machine": {"cpu": "c", "cores": 2, "memory_gib": 8, "python": "3.11"},
}


def test_encoders_are_compared_round_by_round() -> None:
    none, bundled = compute(RECORDS).encoders[:2]
    assert (none.query_encoder, none.queries, none.n_queries) == ("none", "all", 3)
    assert (none.p50_ms.median, none.p50_ratio.high) == (3.5, 1.0)
    assert (bundled.p50_ms.low, bundled.p50_ms.high, bundled.p99_ms.high) == (1.0, 1.5, 9.0)
    # 1.5 / 3 in the first round, 1 / 4 in the second
    assert (bundled.p50_ratio.low, bundled.p50_ratio.median, bundled.p50_ratio.high) == (0.25, 0.375, 0.5)


def test_short_and_longer_queries_have_figures_of_their_own() -> None:
    by_group = {(one.queries, one.query_encoder): one for one in compute(RECORDS).encoders}
    assert by_group["up to 3 words", "none"].n_queries == 1
    assert by_group["up to 3 words", "bundled"].p50_ratio.high == 1.5 / 4
    assert by_group["longer", "none"].n_queries == 2
    assert by_group["longer", "none"].p99_ms.low == 3.0
    assert by_group["longer", "bundled"].p50_ratio.high == 0.5  # 1 / 2
    longer_only = Records(RECORDS.builds, RECORDS.encodings, [False] * 3)
    assert {one.queries for one in compute(longer_only).encoders} == {"all", "longer"}


def test_the_report_has_both_tables(tmp_path: Path) -> None:
    write_report(tmp_path / "report.md", compute(RECORDS), RECORDS, RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| all (3) | bundled | 1.250 [1.000, 1.500] | 5.00 [1.00, 9.00] | 0.375 [0.250, 0.500] |" in text
    assert "| none | 40.0 | 30.0 | 5,120 |" in text
    assert "3 queries" in text
