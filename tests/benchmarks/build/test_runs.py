"""Whole runs with a tiny model: builds, rebuilds and reused embeddings."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.build import runs
from benchmarks.build.articles import sample_articles
from benchmarks.build.rates import measure_rates
from benchmarks.build.runs import copy_embeddings, rebuilds
from benchmarks.harness.build_process import run_build
from indexer.snapshot.layout import StoreLayout


@pytest.fixture
def source(tmp_path: Path) -> Path:
    lines = [
        json.dumps(
            {"id": f"n{n:03}", "title": f"Report {n}", "text": f"Report number {n} tells of {n * n} other things."}
        )
        for n in range(60)
    ]
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_builds_and_rebuilds_embed_what_is_new(
    source: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "SHARES", (0.1,))
    chosen = sample_articles([source], [40], tmp_path, str(tiny_model))[0]
    store = tmp_path / "store"
    first = run_build(chosen.path, store, str(tiny_model))
    assert (first.articles, first.paragraphs, first.embedded) == (40, 40, 40)
    assert sum(stage.seconds for stage in first.stages) < first.wall_s
    again = list(rebuilds(chosen, store, str(tiny_model)))
    assert [(found.changed, found.run.embedded) for found in again] == [(4, 4)]
    rates = measure_rates(store, str(tiny_model), rounds=2, n=20)
    assert (rates.passages, len(rates.rounds)) == (20, 2)
    assert rates.cosine > 0.99


def test_embeddings_are_copied_with_entries_of_the_write_ahead_log(tmp_path: Path) -> None:
    old, new = StoreLayout(tmp_path / "old").cache, StoreLayout(tmp_path / "new").cache
    old.mkdir(parents=True)
    with closing(sqlite3.connect(old / "e-passage-fp32.sqlite")) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE vector (key BLOB)")
        writer.execute("INSERT INTO vector VALUES (x'01')")
        writer.commit()
        copy_embeddings(tmp_path / "old", tmp_path / "new")
    with closing(sqlite3.connect(new / "e-passage-fp32.sqlite")) as reader:
        assert reader.execute("SELECT count(*) FROM vector").fetchone() == (1,)
