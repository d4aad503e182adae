"""The model and its predictions on hand-made records, and the report of them."""

import math
from pathlib import Path
from typing import Any

import pytest

from benchmarks.capacity.figures import compute, embedded_per_core_s, predictions
from benchmarks.capacity.model import costs_of, fit_model, wait_p99
from benchmarks.capacity.records import Records
from benchmarks.capacity.report import BUILT_BY, CHART, write_report
from benchmarks.harness.records import read_records, write_records
from tests.benchmarks.capacity.hand_made import MIB, records, size_of, slower

RUN: dict[str, Any] = {
    "command": "python -m benchmarks.capacity measure",
    "commit": "abc",
    "versions": {"khabar": "0"},
    "machine": {"cpu": "a processor", "cores": 2, "memory_gib": 1.0, "python": "3.11"},
}
SIZES = [size_of(10_000, synthetic=False), size_of(100_000), size_of(1_000_000)]


def test_costs_of_a_size_leave_embedding_out() -> None:
    costs = costs_of(SIZES[0])
    assert costs["build_s"] == pytest.approx(20)
    assert costs["build_bytes"] == 210 * MIB
    assert costs["version_bytes"] == 2_946 * 10_000
    assert costs["cache_bytes"] == 2_000 * 10_000
    assert costs["searched_bytes"] == 2_036 * 10_000
    assert costs["worker_bytes"] == 150 * MIB
    assert costs["core_s"] == pytest.approx(0.014, rel=1e-3)
    assert costs["idle_p99_ms"] == pytest.approx(15)


def test_model_goes_through_costs_on_a_line() -> None:
    model = fit_model(SIZES)
    assert model.build_s.at(2_000_000) == pytest.approx(2_010)
    assert model.core_s.at(500_000) == pytest.approx(0.504, rel=0.01)
    assert model.memory_bytes(1_000, 3) == pytest.approx(2_036_000 + 3 * 150 * MIB)


@pytest.mark.parametrize("load", [0.2, 0.5, 0.9])
def test_one_request_in_a_hundred_waits_longer_than_the_99th_percentile(load: float) -> None:
    service_s = 0.004
    longer = load * math.exp(-(1 - load) * wait_p99(load, service_s) / service_s)
    assert longer == pytest.approx(0.01)


def test_nobody_waits_at_a_load_of_one_in_a_hundred() -> None:
    assert (wait_p99(0.0, 1.0), wait_p99(0.01, 1.0), wait_p99(0.005, 1.0)) == (0.0, 0.0, 0.0)


def test_the_99th_percentile_is_that_of_an_idle_service_and_the_wait() -> None:
    model = fit_model(SIZES)
    assert model.p99_ms(10_000, 0.0) == pytest.approx(15)
    assert model.p99_ms(10_000, 0.5) == pytest.approx(15 + 1000 * math.log(50) * 0.014 / 0.5, rel=1e-3)


def test_the_largest_size_is_predicted_from_the_others() -> None:
    found = {each.cost: each for each in predictions([SIZES[0], slower(SIZES[2], 2), SIZES[1]])}
    assert found["build_s"].paragraphs == 1_000_000
    assert found["build_s"].predicted == pytest.approx(1_010)
    assert found["build_s"].measured == pytest.approx(2_020)
    assert predictions(SIZES[:2]) == []


def test_embedding_counts_what_was_embedded() -> None:
    assert embedded_per_core_s(records(*SIZES)) == pytest.approx(50)
    assert embedded_per_core_s(records(*SIZES[1:])) == 0


def test_waits_are_those_of_the_open_loops() -> None:
    wait = compute(records(*SIZES)).waits[0]
    assert wait.load == pytest.approx(0.5, rel=1e-3)
    assert wait.predicted_ms == pytest.approx(15 + 1000 * math.log(50) * 0.014 / 0.5, rel=1e-2)
    assert (wait.measured_ms, wait.unanswered) == (30.0, 1)


def test_report_has_predictions_waits_and_examples(tmp_path: Path) -> None:
    path = tmp_path / "records.json.gz"
    write_records(path, records(*SIZES), Records)
    again = read_records(path, Records)
    assert again == records(*SIZES)
    write_report(tmp_path / "report.md", compute(again), again, RUN)
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| 1,000,000 | build apart from embedding, s | 1,010 | 1,010 | 1.00 |" in report
    assert "| 10,000 | 0.50 | 125 | 30 | 4.15 | 1 |" in report
    assert "| a newsroom's archive | 20,000,000 | 20 |" in report
    assert "The stores were built" not in report
    write_report(tmp_path / "report.md", compute(again), again, RUN | {BUILT_BY: RUN | {"commit": "earlier"}})
    assert "their builds measured, at commit earlier:" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert (tmp_path / CHART).read_bytes().startswith(b"\x89PNG")
