"""Figures of hostile load on hand-made records."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.harness.records import read_records, write_records
from benchmarks.hostile.deep import PagePair
from benchmarks.hostile.exchange import Answer, Exchange
from benchmarks.hostile.figures import (
    compute,
    deep_figures,
    overload_figures,
    random_figures,
    requests_figures,
    server_figures,
    silent_figures,
)
from benchmarks.hostile.overload import OverloadRun
from benchmarks.hostile.prober import Probe, longest_ms
from benchmarks.hostile.random_requests import RandomSlice
from benchmarks.hostile.records import RandomRun, Records, RequestsRun
from benchmarks.hostile.report import write_report
from benchmarks.hostile.servers import ServerLoad
from benchmarks.hostile.silent import SilentRound
from benchmarks.load.closed_loop import ClosedLoad
from benchmarks.load.schedule import OpenLoad

MIB = 2**20

PROBES = [
    Probe(1.0, 2.0, is_answered=True),
    Probe(9.99, 30.0, is_answered=True),
    Probe(10.3, 70.0, is_answered=True),
    Probe(20.0, 5.0, is_answered=False),
]

REQUESTS = RequestsRun(
    quiet_from_s=0.0,
    quiet_to_s=3.0,
    exchanges=[
        Exchange("large", 10, [Answer(200, 900), Answer(500, 100), Answer(200, 70_000)], "closed", 10.0, 10.2),
        Exchange("silent", 0, [], "reset", 20.0, 21.0),
        Exchange("refused", 5, [Answer(503, 100)], "closed", 30.0, 30.1),
    ],
    probes=PROBES,
)


@pytest.mark.parametrize(
    ("from_s", "to_s", "ms"),
    [(0.0, 3.0, 2.0), (10.0, 10.2, 30.0), (10.03, 10.2, 0.0), (10.31, 10.32, 70.0), (10.3, 30.0, 70.0), (50, 60, 0.0)],
)
def test_the_longest_probe_is_one_that_ran_meanwhile(from_s: float, to_s: float, ms: float) -> None:
    assert longest_ms(PROBES, from_s, to_s) == ms


def test_each_hostile_request_has_its_answers_and_the_stall_that_others_saw() -> None:
    figures = requests_figures(REQUESTS)
    large, silent, refused = figures.requests
    assert (large.statuses, large.largest_bytes, large.stall_ms) == ({"200": 2, "500": 1}, 70_000, 30.0)
    assert (silent.statuses, silent.largest_bytes, silent.stall_ms, silent.ending) == ({}, 0, 5.0, "reset")
    assert refused.stall_ms == 0.0
    assert (figures.quiet_ms, figures.stall_ms, figures.largest_bytes) == (2.0, 30.0, 70_000)
    assert (figures.server_errors, figures.lost_probes) == (1, 1)


def test_a_stall_just_after_a_request_counts_for_it() -> None:
    late = replace(REQUESTS, probes=[Probe(10.24, 40.0, is_answered=True), Probe(10.26, 90.0, is_answered=True)])
    assert requests_figures(late).requests[0].stall_ms == 40.0


def load(p99_ms: float, **errors: int) -> ClosedLoad:
    """Return a load of a hundred answers, whose two slowest ones took `p99_ms`."""
    histogram = ((1_000, 98), (round(1_000 * p99_ms), 2))
    return ClosedLoad(clients=1, duration_s=2.0, requests=100, errors=errors, latencies_us=histogram)


SILENT = [SilentRound(load(4.0), load(6.0), 1_990.5, 2_400), SilentRound(load(5.0), load(20.0, read=3), 2_000.0, 2_100)]


def test_silent_connections_are_compared_within_a_round() -> None:
    figures = silent_figures(SILENT)
    assert (figures.held, figures.opened, figures.errors) == (1_990.5, 4_500, 3)
    assert (figures.alone_ms.median, figures.beside_ms.median) == (4.5, 13.0)
    assert (figures.ratio.low, figures.ratio.median, figures.ratio.high) == (1.5, 2.75, 4.0)


def part(rss_mib: int, **answers: int) -> RandomSlice:
    return RandomSlice(
        1, {"search": sum(answers.values())}, {name[1:]: n for name, n in answers.items()}, 2.0, rss_mib * MIB
    )


RANDOM = RandomRun(2, [part(100, _200=9), part(150, _200=9), part(171, _200=4, _500=1), part(160, _503=2, _none=1)])


def test_memory_grows_from_the_end_of_the_warm_up_to_its_largest_value() -> None:
    figures = random_figures(RANDOM)
    assert (figures.warm_bytes, figures.growth_bytes) == (150 * MIB, 21 * MIB)
    assert (figures.requests, figures.per_s, figures.kinds) == (8, 2.0, {"search": 8})
    assert figures.answers == {"200": 4, "500": 1, "503": 2, "none": 1}
    assert figures.server_errors == 1
    assert random_figures(RandomRun(1, [part(100, _200=1), part(90, _200=1)])).growth_bytes == -10 * MIB


@pytest.mark.parametrize("warm_up", [0, 4])
def test_growth_needs_slices_in_the_warm_up_and_after_it(warm_up: int) -> None:
    with pytest.raises(ValueError, match="in the warm-up and after it"):
        random_figures(replace(RANDOM, warm_up=warm_up))


def overloaded(accepted: list[float], refused: list[float], sent: int) -> OverloadRun:
    offered = OpenLoad(500.0, "poisson", sent, 9, 10.0, accepted, [0.5] * sent, {"status 503": len(refused)}, refused)
    return OverloadRun(load(4.0), offered)


OVERLOAD = overloaded([*[10.0] * 98, 900.0, 950.0], [*[3.0] * 197, 40.0, 41.0, 42.0], 303)


def test_accepted_and_refused_requests_have_percentiles_of_their_own() -> None:
    figures = overload_figures(OVERLOAD)
    assert (figures.sustainable, figures.offered) == (50.0, 500.0)
    assert (figures.accepted, figures.refused, figures.failed) == (100, 200, 3)
    assert (figures.accepted_p99_ms, figures.refused_p99_ms, figures.lag_p99_ms) == (900.0, 40.0, 0.5)


def test_nothing_accepted_and_nothing_refused_have_no_percentile() -> None:
    figures = overload_figures(overloaded([], [], 5))
    assert (figures.accepted_p99_ms, figures.refused_p99_ms, figures.failed) == (None, None, 5)


DEEP = [PagePair(2.0, 5.0, 10), PagePair(4.0, 10.0, 7), PagePair(30.0, 60.0, 10)]


def test_deep_pages_are_compared_with_the_median_of_first_pages() -> None:
    figures = deep_figures(DEEP)
    assert (figures.pairs, figures.first_ms, figures.deep_ms, figures.fewest_hits) == (3, 4.0, 10.0, 7)
    assert (figures.ratio, figures.p99_ratio) == (2.5, 15.0)


SERVERS = [
    ServerLoad("khabar", 0, load(4.0), 0.4),
    ServerLoad("uvicorn", 0, load(2.0), 0.2),
    ServerLoad("uvicorn", 1, replace(load(8.0), duration_s=4.0), 0.4),
    ServerLoad("khabar", 1, load(6.0, status=20), 0.4),
]


def test_servers_are_compared_within_a_round() -> None:
    ours, other = server_figures(SERVERS)
    assert (ours.server, other.server) == ("khabar", "uvicorn")
    assert (ours.throughput.low, ours.throughput.high) == (40.0, 50.0)  # only good answers count
    assert (ours.ratio.low, ours.ratio.high) == (1.0, 1.0)
    assert (other.ratio.low, other.ratio.high) == (1.0, 1.6)
    assert (other.p50_ms.median, other.p99_ms.low, other.p99_ms.high) == (1.0, 2.0, 8.0)


def test_processor_time_is_compared_within_a_round_where_it_was_read() -> None:
    ours, other = server_figures(SERVERS)
    assert ours.cpu_ms is not None
    assert other.cpu_ms is not None
    assert other.cpu_ratio is not None
    assert (ours.cpu_ms.median, other.cpu_ms.low, other.cpu_ms.high) == (4.0, 2.0, 4.0)
    assert (other.cpu_ratio.low, other.cpu_ratio.high) == (1.0, 2.0)
    assert [(one.cpu_ms, one.cpu_ratio) for one in server_figures([replace(one, cpu_s=None) for one in SERVERS])] == [
        (None, None),
        (None, None),
    ]


RUN = {
    "command": "python -m benchmarks.hostile measure",
    "commit": "abc",
    "versions": {"khabar": "0"},
    "machine": {"cpu": "x", "cores": 2, "memory_gib": 8, "python": "3"},
}


def test_a_report_shows_what_keeps_its_limit_and_what_does_not(tmp_path: Path) -> None:
    records = Records(REQUESTS, SILENT, RANDOM, OVERLOAD, DEEP, SERVERS)
    write_report(tmp_path / "report.md", compute(records), records, RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    for row in (
        "| longest stall during a hostile request, ms | 30 | 50 | yes |",
        "| largest answer, bytes | 70,000 | 65,536 | NO |",
        "| answers 5xx other than 503 | 1 | 0 | NO |",
        "| p99 beside silent connections / alone | 2.75 | 2 | NO |",
        "| growth over random requests, MiB | 21 | 20 | NO |",
        "| p99 of accepted requests under overload, ms | 900 | 1,000 | yes |",
        "| p99 of refusals, ms | 40 | 50 | yes |",
        "| requests neither answered nor refused | 3 | 0 | NO |",
        "| median of deep pages / of first pages | 2.5 | 5 | yes |",
        "| uvicorn | 38 [25, 50] | 1.00 [1.00, 1.00] | 5.00 [2.00, 8.00] | 3.00 [2.00, 4.00] "
        "| 1.30 [1.00, 1.60] | 1.00 [1.00, 1.00] | 1.50 [1.00, 2.00] |",
        "| large | 10 | 2 x 200, 500 | 70,000 | closed | 30.0 |",
    ):
        assert row in text, row


def test_a_part_that_was_never_run_is_left_out(tmp_path: Path) -> None:
    records = Records(deep=DEEP)
    write_report(tmp_path / "report.md", compute(records), records, RUN | {"earlier": RUN})
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "stall during" not in text
    assert "## Silent" not in text
    assert "The other parts come from earlier runs: `python -m benchmarks.hostile measure`, commit abc." in text


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    records = Records(REQUESTS, SILENT, RANDOM, OVERLOAD, DEEP, SERVERS)
    write_records(tmp_path / "records.json.gz", records, Records)
    assert read_records(tmp_path / "records.json.gz", Records) == records
