"""Figures and report of batches and exports, on hand-made records."""

from pathlib import Path

import pytest

from benchmarks.delivery.figures import compute
from benchmarks.delivery.records import BatchRound, ExportRound, Records
from benchmarks.delivery.report import write_report

MIB = 2**20
RECORDS = Records(
    paragraphs=12_000,
    batches=[
        BatchRound("longer", 0, 100, batch_s=0.2, single_s=0.5, client_s=0.8),
        BatchRound("short", 0, 100, batch_s=0.1, single_s=0.4, client_s=0.4),
        BatchRound("longer", 1, 100, batch_s=0.3, single_s=0.6, client_s=0.9),
        BatchRound("longer", 2, 100, batch_s=0.3, single_s=0.5, client_s=0.6),
    ],
    exports=[
        ExportRound("csv", "slowly", 0, 10_001, 8 * MIB, 0.03, 2.0, 12 * MIB, 0),
        ExportRound("csv", "slowly", 1, 10_001, 8 * MIB, 0.25, 4.0, 20 * MIB, 1),
        ExportRound("csv", "goes away", 0, 0, 1, 0.04, 0.05, 5 * MIB, 0),
    ],
)


def test_a_batch_is_compared_with_single_searches_of_its_round() -> None:
    longer, short = compute(RECORDS).batches
    assert (longer.kind, longer.searches, longer.ratio.n) == ("longer", 100, 3)
    assert (longer.ratio.low, longer.ratio.median, longer.ratio.high) == pytest.approx((0.4, 0.5, 0.6))
    assert (longer.client_ratio.low, longer.client_ratio.high) == pytest.approx((0.25, 0.5))
    assert short.ratio.median == pytest.approx(0.25)


def test_exports_are_told_apart_by_format_and_client() -> None:
    slowly, away = compute(RECORDS).exports
    assert (slowly.format, slowly.read, slowly.rows) == ("csv", "slowly", 10_001)
    assert (slowly.first_byte_s.low, slowly.first_byte_s.high) == (0.03, 0.25)
    assert slowly.grown_bytes.high == 20 * MIB
    assert (slowly.left_files, away.left_files) == (1, 0)  # the worst round


def test_the_report_has_the_worst_of_all_and_the_limits(tmp_path: Path) -> None:
    run = {
        "command": "c",
        "commit": "abc",
        "versions": {"khabar": "0"},
        "machine": {"cpu": "x", "cores": 2, "memory_gib": 8, "python": "3"},
    }
    write_report(tmp_path / "report.md", compute(RECORDS), RECORDS, run)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| a batch / its searches one by one, worst kind | 0.50 | at most 0.33 |" in text
    assert "| first byte of an export, worst | 250 ms | 200 ms |" in text
    assert "| memory that an export adds, worst | 20 MiB | 50 MiB |" in text
    assert "| csv | slowly | 10,001 | 8.0 | 140 [30, 250] | 3.00 [2.00, 4.00] | 16 [12, 20] | 1 |" in text
