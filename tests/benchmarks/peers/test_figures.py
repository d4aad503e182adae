"""Ratios to peers on hand-made numbers."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.records import read_records, write_records
from benchmarks.harness.statistics import MedianWithRange
from benchmarks.load.closed_loop import ClosedLoad
from benchmarks.load.levels import ClosedLevel, ServerUse
from benchmarks.load.server import Usage
from benchmarks.peers.figures import Ratio, compute
from benchmarks.peers.report import write_report
from benchmarks.peers.run import Records, SystemTurn, check_answers

USAGE = Usage(processes=1, cpu_s=5.0, rss_bytes=3 * 2**20, pss_bytes=2 * 2**20)


def turn(system: str, *levels: tuple[int, int, int], errors: int = 0) -> SystemTurn:
    """Return a turn from clients, requests in ten seconds and one latency in milliseconds for all."""
    return SystemTurn(
        system,
        [
            ClosedLevel(
                ClosedLoad(clients, 10.0, n, {"status": errors}, ((1000 * ms, n),) if n else ()), ServerUse(1.0, USAGE)
            )
            for clients, n, ms in levels
        ],
    )


def records() -> Records:
    return Records(
        cold_start_s={"khabar": 1.0, "txtai": 4.0},
        at_start={"khabar": USAGE},
        rounds=[
            [turn("khabar", (1, 1000, 10), (16, 4000, 40)), turn("txtai", (1, 500, 20), (16, 400, 400))],
            [turn("txtai", (1, 250, 40), (16, 200, 800), errors=20), turn("khabar", (1, 1000, 10), (16, 2000, 80))],
        ],
        recall={"txtai": [1.0, 0.8]},
    )


def test_ratios_are_computed_within_rounds_whatever_the_order() -> None:
    assert compute(records()).ratios == [
        # 230 and 180 good answers of 250 and 200: 20 of each were errors.
        Ratio(
            "txtai",
            1,
            MedianWithRange(0.375, 0.25, 0.5, 2),
            MedianWithRange(near((2 + 1000 / 230) / 2), 2.0, near(1000 / 230), 2),
        ),
        Ratio(
            "txtai",
            16,
            MedianWithRange(0.1, 0.1, 0.1, 2),
            MedianWithRange(near((10 + 2000 / 180) / 2), 10.0, near(2000 / 180), 2),
        ),
    ]


def near(value: float) -> Any:
    return pytest.approx(value)


def test_rows_combine_rounds() -> None:
    rows = {(row.system, row.clients): row for row in compute(records()).rows}
    assert rows["khabar", 16].throughput == MedianWithRange(300.0, 200.0, 400.0, 2)
    assert rows["txtai", 1].errors == {"status": 20}
    assert (rows["txtai", 1].p50, rows["txtai", 1].pss_bytes) == (MedianWithRange(30.0, 20.0, 40.0, 2), 2 * 2**20)
    assert compute(records()).recall == {"txtai": 0.9}


def test_a_round_in_which_a_peer_gave_no_answer_has_no_ratio() -> None:
    silent = Records({}, {}, [[turn("khabar", (1, 10, 1)), turn("txtai", (1, 0, 0))]], {})
    assert compute(silent).ratios == []


def test_a_system_that_finds_nothing_is_refused() -> None:
    check_answers({"khabar": [["a"], ["b"]]})
    with pytest.raises(BenchmarkError, match="txtai finds nothing for 1 of 2 queries"):
        check_answers({"khabar": [["a"], ["b"]], "txtai": [["a"], []]})


def test_records_on_disk_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_records(tmp_path / "records.json.gz", records(), Records)
    assert read_records(tmp_path / "records.json.gz", Records) == records()


def test_report_shows_ratios_and_figures_of_each_system(tmp_path: Path) -> None:
    run: dict[str, Any] = {
        "command": "python -m benchmarks.peers measure",
        "commit": "abc",
        "versions": {"khabar": "0"},
        "peers": {"txtai": "9"},
        "machine": {"cpu": "a processor", "cores": 2, "memory_gib": 1.0, "python": "3.11"},
        "snapshot": {"paragraphs": 2},
        "parameters": {"clients": [1, 16], "rounds": 2, "seconds": 10.0, "queries": 3},
    }
    write_report(tmp_path / "report.md", compute(records()), records(), run)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| txtai | 16 | 0.100 [0.100, 0.100] |" in text
    assert "| txtai | 4.00 | - | 0.9000 |" in text
    assert "| khabar | 1.00 | 2 | - |" in text
