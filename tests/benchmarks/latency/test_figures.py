"""Rows and ratios on hand-made numbers."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness.records import read_records, write_records
from benchmarks.harness.statistics import LatencySummary, MedianWithRange
from benchmarks.latency.figures import (
    HTTP_OVER_FLOOR,
    OVER_ENCODER,
    SCALING,
    SERVER_OVER_FLOOR,
    TAIL,
    compute,
    ratios,
)
from benchmarks.latency.filters import FilterCondition
from benchmarks.latency.floor import EncoderThroughput, FloorRound
from benchmarks.latency.records import FilterRecord, FloorMeasure, Records, Round
from benchmarks.latency.run import throughput_at
from benchmarks.latency.timing import Timings
from benchmarks.load.closed_loop import ClosedLoad
from benchmarks.load.levels import ClosedLevel, OpenLevel, ServerUse
from benchmarks.load.schedule import OpenLoad
from benchmarks.load.server import Usage

USAGE = Usage(processes=1, cpu_s=5.0, rss_bytes=3 * 2**20, pss_bytes=2 * 2**20)


def near(value: float) -> Any:
    return pytest.approx(value)


def floor(encode_ms: float, index_ms: float, per_second: float) -> FloorMeasure:
    single = FloorRound([encode_ms] * 3 + [100.0], [index_ms] * 3 + [100.0])
    return FloorMeasure(single, EncoderThroughput(2, round(per_second * 10), 10.0))


def load(clients: int, requests: int, *latencies_us: tuple[int, int], status: int = 0) -> ClosedLevel:
    closed = ClosedLoad(clients, 10.0, requests, {"status": status, "read": 0}, latencies_us)
    return ClosedLevel(closed, ServerUse(4.0, USAGE))


def timings(total: float) -> Timings:
    return Timings([total + 1] * 3, [total - 1] * 3, [0.5] * 3, [0.5] * 3, [total] * 3)


def records() -> Records:
    """Return two rounds; in the second one the machine is half as fast, and so is the floor."""
    return Records(
        cold_start_s=1.5,
        at_start=USAGE,
        floors=[floor(3.0, 1.0, 400), floor(3.0, 1.0, 400), floor(9.0, 3.0, 200)],
        rounds=[
            Round(timings(5.0), [load(1, 1000, (6000, 1000)), load(16, 3000, (50_000, 2000), (100_000, 1000))]),
            Round(
                timings(10.0),
                [
                    load(1, 500, (16_000, 500)),
                    load(16, 1500, (100_000, 1500), status=300),
                    load(64, 1800, (400_000, 1800)),
                ],
            ),
        ],
        open=[
            OpenLevel(
                OpenLoad(50.0, "constant", 4, 1, 2.0, [4.0, 2.0, 6.0], [0.1] * 4, {"timeout": 1}), ServerUse(0.3, USAGE)
            ),
            OpenLevel(OpenLoad(90.0, "constant", 2, 1, 0.0, [], [0.1] * 2, {"connect": 2}), None),
        ],
        recall=[1.0, 0.9],
        filters=[FilterRecord(FilterCondition("dates", 0.1, {}), timings(8.0), timings(4.0), [1.0, 0.5])],
    )


def test_ratios_compare_each_round_with_the_floor_around_it() -> None:
    found = ratios(records())
    # Floors are 4 and 4 around the first round, 4 and 12 around the second one.
    assert found[SERVER_OVER_FLOOR] == MedianWithRange(1.25, 1.25, 1.25, 2)
    assert found[HTTP_OVER_FLOOR] == MedianWithRange(1.75, 1.5, 2.0, 2)
    # 300/s against 400/s, then 120 good ones a second against the mean of 400 and 200.
    assert found[OVER_ENCODER] == MedianWithRange(near(0.575), near(0.4), 0.75, 2)
    assert found[TAIL] == MedianWithRange(1.5, 1.0, 2.0, 2)
    assert found[SCALING] == MedianWithRange(1.5, 1.5, 1.5, 1)


def test_ratios_of_levels_that_were_not_measured_are_none() -> None:
    without = Records(None, None, records().floors[:2], [Round(timings(5.0), [load(4, 10, (1, 10))])], [], [1.0])
    found = ratios(without)
    assert found[SERVER_OVER_FLOOR] is not None
    assert [found[name] for name in (HTTP_OVER_FLOOR, OVER_ENCODER, TAIL, SCALING)] == [None] * 4


def test_closed_rows_combine_rounds_and_add_up_errors() -> None:
    one, sixteen, many = compute(records()).closed
    assert (one.clients, one.throughput) == (1, MedianWithRange(75.0, 50.0, 100.0, 2))
    assert one.p50 == MedianWithRange(11.0, 6.0, 16.0, 2)
    assert (sixteen.errors, many.errors) == ({"status": 300}, {})
    assert sixteen.cpu_ms == MedianWithRange(2.0, near(4 / 3), near(8 / 3), 2)
    assert many.pss_bytes == 2 * 2**20


def test_open_rows_have_errors_and_a_level_may_have_no_answer() -> None:
    some, none = compute(records()).open
    assert some.latency == LatencySummary(3, 4.0, 4.0, 6.0, 6.0, 6.0)
    assert (some.answered_per_s, some.errors, some.cpu_ms) == (1.5, {"timeout": 1}, 100.0)
    assert (none.latency, none.answered_per_s, none.errors, none.cpu_ms) == (None, 0.0, {"connect": 2}, None)


def test_filters_are_compared_with_the_same_searches_without_filter() -> None:
    (row,) = compute(records()).filters
    assert (row.total_ratio, row.search_ratio, row.total_p50_ms) == (2.0, 1.0, 8.0)
    assert (row.recall_mean, row.recall_least) == (0.75, 0.5)


def test_rates_follow_the_median_throughput_of_the_nearest_number_of_clients() -> None:
    loads = [level.load for round_ in records().rounds for level in round_.closed]
    assert throughput_at(loads) == 210.0  # of 300 and 120 good answers a second
    assert throughput_at(loads, clients=100) == 180.0


def test_records_on_disk_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_records(tmp_path / "records.json.gz", records(), Records)
    assert read_records(tmp_path / "records.json.gz", Records) == records()
