"""How wrk's results are read, and that wrk behaves as the reading assumes."""

import shutil
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.closed_loop import ClosedLoad, parse_result, run_closed, total_errors, without_added_entries
from tests.benchmarks.load.test_open_loop import at_once, serving


def with_added_entries(latencies: Sequence[int], interval: int) -> list[tuple[int, int]]:
    """Add the entries that wrk adds: for each latency of twice the interval or more, one less by each interval."""
    counts = Counter(latencies)
    for latency in latencies:
        if latency >= 2 * interval:
            counts.update(range(latency - interval, interval, -interval))
    return sorted(counts.items())


def result(latencies_us: Sequence[tuple[int, int]], requests: int, **errors: int) -> dict[str, Any]:
    kinds = {"connect": 0, "read": 0, "write": 0, "status": 0, "timeout": 0} | errors
    return {"duration_us": 2_000_000, "requests": requests, "bytes": 1, "errors": kinds, "latencies_us": latencies_us}


@pytest.mark.parametrize(
    "latencies",
    [[1000] * 9, [1000] * 5 + [3500], [900, 1100, 2000, 2001, 2500, 7000, 7000, 12_345], [400, 10_000, 9_000, 8_000]],
)
def test_entries_that_wrk_adds_are_removed(latencies: list[int]) -> None:
    added = with_added_entries(latencies, 1000)
    assert without_added_entries(added, 1000) == sorted(Counter(latencies).items())


def test_a_stall_is_one_latency_and_not_several() -> None:
    assert without_added_entries([(1000, 5), (1500, 1), (2500, 1), (3500, 1)], 1000) == [(1000, 5), (3500, 1)]


def test_throughput_counts_good_answers_only() -> None:
    load = parse_result(result([(5000, 100)], 100, status=40, read=3), clients=1)
    assert (load.requests, load.duration_s, load.throughput) == (100, 2.0, 30.0)
    assert load.errors == {"connect": 0, "read": 3, "write": 0, "status": 40, "timeout": 0}
    assert load.latencies_us == ((5000, 100),)


def test_answers_after_the_time_limit_have_no_latency() -> None:
    load = parse_result(result([(5000, 98)], 100, timeout=2), clients=1)
    assert (load.requests, load.latencies_us) == (100, ((5000, 98),))


def test_a_wrk_that_counts_differently_is_refused() -> None:
    with pytest.raises(BenchmarkError, match=r"100 answers in time but 97"):
        parse_result(result([(5000, 97)], 100), clients=1)


def test_missing_wrk_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(BenchmarkError, match="apt-get install wrk"):
        run_closed("http://127.0.0.1:1", ["/"], clients=1, seconds=1)


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_wrk_reports_one_latency_for_each_answer() -> None:
    with serving(at_once) as port:
        load = run_closed(f"http://127.0.0.1:{port}", ["/a?q=1", "/b?q=%D8%AE"], clients=2, seconds=1)
    assert load.clients == 2
    assert load.requests == sum(count for _, count in load.latencies_us) > 0
    assert not any(load.errors.values())


def test_errors_of_loads_are_added_up_by_kind() -> None:
    loads = [ClosedLoad(1, 1.0, 9, {"status": n, "read": 0}, ()) for n in (2, 3)]
    assert total_errors(loads) == {"status": 5}


def test_latency_is_in_milliseconds() -> None:
    latency = ClosedLoad(1, 1.0, 4, {}, ((2_000, 3), (10_000, 1))).latency()
    assert (latency.n, latency.mean, latency.p50, latency.p99) == (4, 4.0, 2.0, 10.0)
