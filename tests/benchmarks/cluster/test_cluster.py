"""The comparison of shards with one piece: on small stores, and its figures on hand-made numbers."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cluster import run
from benchmarks.cluster.compare import answer_pair, compare
from benchmarks.cluster.figures import compute
from benchmarks.cluster.records import (
    AnswerPair,
    ClusterLevel,
    Comparison,
    EmbeddingFault,
    EmbeddingRun,
    FaultKind,
    Phase,
    Records,
)
from benchmarks.cluster.report import write_report
from benchmarks.cluster.run import swaps
from benchmarks.cluster.searches import random_searches
from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.closed_loop import ClosedLoad
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version, open_snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

TEXTS = ("canal", "زلزال المغرب", "moon landing pictures", "election")


def level(round_: int, p50_us: int, p99_us: int, *, on_ray: bool, swaps: int = 0, cpu_s: float = 1.0) -> ClusterLevel:
    load = ClosedLoad(1, 2.0, 100, {"status": 2} if swaps else {}, ((p50_us, 90), (p99_us, 10)))
    return ClusterLevel(4, 2, round_, on_ray, load, cpu_s, swaps)


RUN = {
    "command": "c",
    "commit": "abc",
    "versions": {"khabar": "0"},
    "machine": {"cpu": "x", "cores": 2, "memory_gib": 8, "python": "3"},
    "runs": {"embed": {"command": "embed it", "commit": "def"}},
}
LEVELS = [
    level(0, 2_000, 4_000, on_ray=False),
    level(0, 12_000, 20_000, on_ray=True, cpu_s=3.0),
    level(0, 12_000, 40_000, on_ray=True, swaps=3),
    level(1, 4_000, 4_000, on_ray=False),
    level(1, 10_000, 20_000, on_ray=True, cpu_s=5.0),
    level(1, 12_000, 60_000, on_ray=True, swaps=4),
]
PAIRS = [AnswerPair(True, 1e-7, 10, 10), AnswerPair(True, 3e-7, 0, 0), AnswerPair(False, 0.5, 5, 10)]
EMBEDDING = EmbeddingRun(
    texts=1_000,
    faults=[
        EmbeddingFault(FaultKind.BUILD, 200, 5.0),
        EmbeddingFault(FaultKind.NODE, 400, 9.0),
        EmbeddingFault(FaultKind.BUILD, 600, 12.0),
    ],
    failures=["lost"],
    cached=999,
    embedded_by_last=403,
    differing=2,
    smallest_cosine=0.99,
    wall_s=30.0,
    undisturbed_s=20.0,
)
PHASE = Phase("a node killed", 2, 100, 1, 2, 3, 4.5, {5: 98, 70: 1, 900: 1})
RECORDS = Records(1_000, [Comparison(4, ["exact"], PAIRS)], LEVELS, EMBEDDING, [PHASE])


def test_answers_are_counted_and_load_is_compared_within_a_round() -> None:
    figures = compute(RECORDS)
    (comparison,), (load,) = figures.comparisons, figures.loads
    assert (comparison.searches, comparison.equal, comparison.score_error, comparison.found) == (3, 2, 3e-7, 0.75)
    assert (load.shards, load.replicas, load.clients, load.swaps) == (4, 2, 1, 7)
    assert (load.added_ms.low, load.added_ms.high) == (6, 10)
    assert (load.cpu_ratio.low, load.cpu_ratio.high) == (3, 5)
    assert load.swap_p99_ratio is not None
    assert (load.swap_p99_ratio.low, load.swap_p99_ratio.high) == (2, 3)
    assert load.errors == {"status": 4}


def test_what_is_measured_again_replaces_what_was_measured_of_like_stores() -> None:
    approximate, again, other = (
        Comparison(2, ["ivf-sq8"], []),
        Comparison(4, ["exact"], []),
        Comparison(1, ["exact"], []),
    )
    records = RECORDS.with_measured(2_000, [approximate, again, other], [])
    assert records.comparisons == [other, again, approximate]
    assert (records.paragraphs, records.levels, records.phases) == (2_000, LEVELS, [PHASE])
    assert records.with_measured(2_000, [], LEVELS[:1]).levels == LEVELS[:1]
    assert records.with_measured(2_000, [], []).comparisons == records.comparisons


def test_what_a_build_embedded_again_is_counted_from_the_last_build_that_was_killed() -> None:
    embedding = compute(RECORDS).embedding
    assert embedding is not None
    assert (embedding.missing, embedding.again, embedding.differing, embedding.failures) == (1, 3, 2, 1)
    assert embedding.faults == {"build": 2, "node": 1}
    assert embedding.time_ratio == 1.5
    only_nodes = compute(Records(embedding=replace(EMBEDDING, faults=EMBEDDING.faults[1:2]))).embedding
    assert only_nodes is not None
    assert only_nodes.again is None


def test_latencies_of_a_phase_are_those_of_its_histogram() -> None:
    (phase,) = compute(RECORDS).phases
    assert (phase.p50_ms, phase.p99_ms, phase.max_ms) == (5, 70, 900)
    assert (phase.failed, phase.incomplete, phase.wrong, phase.whole_after_s) == (1, 2, 3, 4.5)


def test_records_of_one_command_have_a_report(tmp_path: Path) -> None:
    for records in (Records(), Records(embedding=EMBEDDING), Records(phases=[PHASE])):
        write_report(tmp_path / "report.md", compute(records), records, RUN)
        assert ("## Answers" in (tmp_path / "report.md").read_text(encoding="utf-8")) == bool(records.phases)


def test_a_report_shows_answers_and_load(tmp_path: Path) -> None:
    write_report(tmp_path / "report.md", compute(RECORDS), RECORDS, RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| 4 | exact | 3 | 2 | 3e-07 | 0.7500 |" in text
    assert "| 4 | 2 | 1 | 50 [50, 50] | 11.0 [10.0, 12.0] |" in text
    assert "| 1,000 | 2 build, 1 node | 1 | 1 | 3 | 2 | 0.990000 | 1.50 |" in text
    assert "| a node killed | 2 | 100 | 1 | 2 | 3 | 4.5 | 5 | 70 | 900 |" in text
    assert "- embed: `embed it`, revision def" in text


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    whole, divided = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("divided")
    publish_fake_store(whole, ARTICLES)
    publish_fake_store(divided, ARTICLES, n_shards=2)
    return whole, divided


def test_shards_give_the_answers_of_one_piece(stores: tuple[Path, Path]) -> None:
    comparison = compare(*stores, TEXTS, 150)
    assert (comparison.shards, comparison.kinds, len(comparison.pairs)) == (2, ["exact"], 150)
    assert all(pair.is_equal for pair in comparison.pairs)
    assert sum(pair.n_first for pair in comparison.pairs) > 100


def test_other_answers_are_told(stores: tuple[Path, Path]) -> None:
    with open_snapshot(stores[0]) as snapshot:
        first, other = (search(snapshot, Query(TextTarget(text), k=3)) for text in ("canal", "زلزال"))
    pair = answer_pair(first, other, is_first_page=True)
    assert not pair.is_equal
    assert pair.found < pair.n_first == 3
    later = answer_pair(first, other, is_first_page=False)
    assert (later.is_equal, later.found, later.n_first) == (False, 0, 0)


def test_stores_that_do_not_belong_together_are_refused(stores: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="is not divided"):
        compare(stores[0], stores[0], TEXTS, 1)
    publish_fake_store(tmp_path, ARTICLES[1:], n_shards=2)
    with pytest.raises(BenchmarkError, match="other articles"):
        compare(stores[0], tmp_path, TEXTS, 1)


def test_equal_arguments_give_equal_searches_of_many_kinds(stores: tuple[Path, Path]) -> None:
    with open_snapshot(stores[0]) as snapshot:
        columns = snapshot.corpus.columns
        searches = list(random_searches(columns, TEXTS, 200))
        assert searches == list(random_searches(columns, TEXTS, 200))
    for field in ("group", "sort", "mode", "k", "offset"):
        assert len({getattr(query, field) for query in searches}) > 2
    assert len({query.filters for query in searches}) > 20


def test_versions_are_swapped_while_a_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_SWAP_EVERY_S", 0.01)
    for version in ("v1", "v2"):
        publish_fake_store(tmp_path, ARTICLES, version=version, n_shards=2)
    with swaps(tmp_path) as done:
        while len(done) < 3:
            pass
    assert done[:3] == ["v1", "v2", "v1"]
    assert current_version(StoreLayout(tmp_path)) == done[-1]
    with swaps(None) as nothing:
        pass
    assert not nothing
