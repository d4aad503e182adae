"""The kinds and sizes of a run, and kinds that cannot be measured."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.corpora.synthetic_vectors import NoiseFit
from benchmarks.harness.child_process import ChildError, ChildProcess
from benchmarks.scaling import kinds, vectors
from benchmarks.scaling.kinds import IndexBuild, Kind
from benchmarks.scaling.run import Plan, Run, disk_space_problem, parse_skips
from benchmarks.scaling.vectors import VectorFile, VectorSource, layout_of
from indexer.reporting.progress import Reporter
from tests.benchmarks.scaling.test_figures import searched

PLAN = Plan((100, 300), (300, 1_000), frozenset({("ivf-pq4", 100)}), 60.0, 300)


def test_all_kinds_at_sizes_and_lists_alone_at_the_others() -> None:
    assert PLAN.kinds_at(300) == ("exact", "ivf-sq8", "ivf-pq4", "hnsw-sq8")
    assert PLAN.kinds_at(1_000) == ("ivf-sq8", "ivf-pq4")


@pytest.mark.parametrize("wrong", ["hnsw-sq8", "hnsw@100", "hnsw-sq8@many", "@3"])
def test_skipped_kinds_are_named_with_their_size(wrong: str) -> None:
    assert parse_skips(["hnsw-sq8@1000000", "exact@5"]) == {("hnsw-sq8", 1_000_000), ("exact", 5)}
    with pytest.raises(ValueError, match="is not a kind and a size"):
        parse_skips([wrong])


def test_disk_space_for_vectors_and_half_as_much_is_needed() -> None:
    assert disk_space_problem(2 << 30, 3 << 30) is None
    assert disk_space_problem(2 << 30, 2 << 30) == "it needs 3.0 GiB on disk, 2.0 GiB are free"


def test_run_continues_after_a_kind_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_child: ChildProcess, work: Callable[..., object], *args: Any) -> object:
        if work is vectors.collect:
            return VectorSource("en", 9, 4, 1, NoiseFit(0.5, 0.6, 0.6))
        if work is vectors.write_vectors:
            layout_of(tmp_path, args[1]).root.mkdir()
            return VectorFile(args[1], 1.0, 0.5, 0.5)
        kind: Kind = args[0]
        if work is kinds.build:
            if kind == "hnsw-sq8":
                raise ChildError("it took longer than 60 s")
            return IndexBuild(2.0, 3, 4)
        if kind == "ivf-sq8":
            raise ChildError("its process ended with -9")
        return searched(7)

    monkeypatch.setattr(ChildProcess, "run", run)
    plan = Plan((100,), (), PLAN.skip, 60.0, 300)
    every = list(Run(Path("store"), tmp_path, plan, Reporter(Console(quiet=True))).records())
    assert [len(found.outcomes) for found in every] == [1, 2, 3, 4]
    assert [(found.kind, found.built is not None, found.skipped) for found in every[-1].outcomes] == [
        ("exact", False, None),
        ("ivf-sq8", True, "searching: its process ended with -9"),
        ("ivf-pq4", False, "left out on request"),
        ("hnsw-sq8", False, "building: it took longer than 60 s"),
    ]
    assert list(tmp_path.iterdir()) == []  # the vectors of a size are deleted after it
