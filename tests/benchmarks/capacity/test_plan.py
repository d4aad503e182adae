"""Plans on a hand-made model."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.capacity.__main__ import BENCHMARK, app, lines_of
from benchmarks.capacity.model import CostModel
from benchmarks.capacity.plan import LEAST_LOAD, MOST_LOAD, Embedder, Machine, Wish, highest_load, make_plan
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.line import Line
from tests.benchmarks.capacity.hand_made import records, size_of

GIB = 2**30
MODEL = CostModel(
    build_s=Line(60, 3600 / 1e6, 0),
    build_bytes=Line(2 * GIB, 500, 0),
    version_bytes=Line(0, GIB / 1e6, 0),
    cache_bytes=Line(0, 0.5 * GIB / 1e6, 0),
    searched_bytes=Line(0, GIB / 1e6, 0),
    worker_bytes=Line(0.25 * GIB, 0, 0),
    core_s=Line(0.005, 0.005 / 1e6, 0),
    idle_p99_ms=Line(10, 10 / 1e6, 0),
)
MACHINE = Machine(cores=4, memory_gib=10, price=2)
EMBEDDER = Embedder(per_s=1_000, price=3, count=2)


def test_a_small_archive_needs_one_machine() -> None:
    plan = make_plan(MODEL, Wish(1_000_000, 10, 500), MACHINE, EMBEDDER)
    assert (plan.shards, plan.replicas, plan.machines) == (1, 1, 1)
    assert plan.load == pytest.approx(10 * 0.01 / 4)
    assert [plan.memory_gib, plan.disk_gib] == pytest.approx([2, 2.5])
    assert plan.build_h == pytest.approx(1 + 1 / 60)
    assert plan.embedding_h == pytest.approx(1_000 / 3600 / 2)
    assert plan.embedding_price == pytest.approx(1_000 / 3600 * 3)
    assert plan.monthly_price == pytest.approx(2 * 730)


def test_memory_divides_an_archive_into_shards() -> None:
    # 8 of 10 GiB are used, four workers take one of them, and a million paragraphs another one.
    assert make_plan(MODEL, Wish(7_000_000, 1, 500), MACHINE, EMBEDDER).shards == 1
    assert make_plan(MODEL, Wish(7_100_000, 1, 500), MACHINE, EMBEDDER).shards == 2
    assert make_plan(MODEL, Wish(22_000_000, 1, 500), MACHINE, EMBEDDER).shards == 4


def test_a_build_has_to_fit_into_memory_too() -> None:
    model = replace(MODEL, build_bytes=Line(2 * GIB, 3 * GIB / 1e6, 0))
    assert make_plan(model, Wish(2_000_000, 1, 500), MACHINE, EMBEDDER).shards == 1
    assert make_plan(model, Wish(2_100_000, 1, 500), MACHINE, EMBEDDER).shards == 2


def test_queries_are_divided_among_replicas() -> None:
    busiest = 4 * MOST_LOAD / 0.01  # requests a second that a machine with a million paragraphs answers
    one = make_plan(MODEL, Wish(1_000_000, busiest - 1, 10_000), MACHINE, EMBEDDER)
    two = make_plan(MODEL, Wish(1_000_000, busiest + 1, 10_000), MACHINE, EMBEDDER)
    assert (one.machines, two.machines) == (1, 2)
    assert two.load == pytest.approx(MOST_LOAD / 2, rel=0.01)


def test_a_tight_percentile_needs_more_machines_and_holds() -> None:
    loose, tight = (make_plan(MODEL, Wish(5_000_000, 300, p99), MACHINE, EMBEDDER) for p99 in (2_000, 100))
    assert tight.machines > loose.machines
    assert tight.p99_ms <= 100


def test_smaller_shards_answer_sooner_where_a_large_one_cannot() -> None:
    plan = make_plan(MODEL, Wish(6_000_000, 1, 40), MACHINE, EMBEDDER)
    assert plan.shards == 2
    assert plan.p99_ms == pytest.approx(40, rel=0.1)


@pytest.mark.parametrize(
    ("wish", "machine", "message"),
    [
        (Wish(1_000_000, 1, 9), MACHINE, "a p99 of 9 ms is out of reach: with few paragraphs it is 10 ms"),
        (Wish(1_000_000, 1, 500), Machine(4, 1), "1 GiB are too few for 4 workers"),
    ],
)
def test_what_cannot_be_had_is_said(wish: Wish, machine: Machine, message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        make_plan(MODEL, wish, machine, EMBEDDER)


def test_the_highest_load_is_where_the_percentile_is_reached() -> None:
    assert highest_load(MODEL, 0, 10_000) == MOST_LOAD
    assert highest_load(MODEL, 0, 10) == pytest.approx(LEAST_LOAD)
    between = highest_load(MODEL, 0, 50)
    assert MODEL.p99_ms(0, between) == pytest.approx(50)


def test_plan_is_printed_for_people_and_for_programs(tmp_path: Path) -> None:
    BENCHMARK.write_records(tmp_path, records(size_of(10_000, synthetic=False), size_of(100_000)))
    wish = ["plan", "--paragraphs", "50000", "--queries-per-second", "2", "--p99-ms", "1000", "--out", str(tmp_path)]
    shown = CliRunner().invoke(app, [*wish, "--machine-price", "1"])
    assert shown.exit_code == 0
    assert "machines      1: 1 shard, 1 replica of each" in shown.stdout
    assert "730 a month" in shown.stdout
    found = json.loads(CliRunner().invoke(app, [*wish, "--json", "--cores", "2"]).stdout)
    assert found["embedding_h"] == pytest.approx(50_000 / 100 / 3600)


def test_a_folder_without_a_run_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"records.json.gz: `python -m benchmarks.capacity measure` writes it"):
        BENCHMARK.report(tmp_path)


def test_shards_are_said_to_be_stores() -> None:
    plan = make_plan(MODEL, Wish(22_000_000, 1, 500), MACHINE, EMBEDDER)
    assert "these shards are stores" in lines_of(plan)[-1]
