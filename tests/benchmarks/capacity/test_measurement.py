"""Synthetic vectors in a cache, a run with a tiny model, and loading again."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.capacity import __main__ as command_line
from benchmarks.capacity.__main__ import BENCHMARK
from benchmarks.capacity.measurement import disk_use
from benchmarks.capacity.report import BUILT_BY
from benchmarks.corpora.embeddings import cached_vectors, fill_cache
from benchmarks.corpora.news import sample_news
from benchmarks.harness.benchmark import RUN
from benchmarks.harness.build_process import run_build
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.records import read_json, write_json
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest, current_version
from tests.benchmarks.capacity.hand_made import records, size_of


@pytest.mark.slow
def test_a_build_finds_all_synthetic_vectors_in_its_cache(tmp_path: Path, tiny_model: Path) -> None:
    model, source = str(tiny_model), tmp_path / "news.jsonl"
    lines = [
        json.dumps({"id": f"n{n}", "title": f"Report {n}", "text": f"Report number {n} tells of {n * n} things."})
        for n in range(40)
    ]
    source.write_text("\n".join(lines), encoding="utf-8")
    small, large = sample_news([source], [30, 90], tmp_path, model)
    assert (small.paragraphs, large.paragraphs) == (30, 90)
    run_build(small.path, tmp_path / "small", model)
    real = cached_vectors(tmp_path / "small")
    assert real.shape[0] == 30
    assert np.linalg.norm(real, axis=1) == pytest.approx(1)
    fill_cache(large.path, tmp_path / "large", tmp_path / "small", model)
    build = run_build(large.path, tmp_path / "large", model)
    assert (build.paragraphs, build.embedded) == (90, 0)
    drawn = cached_vectors(tmp_path / "large")
    assert len(drawn) == 90
    assert len(np.unique(drawn, axis=0)) > 80  # a few are drawn without noise
    layout = StoreLayout(tmp_path / "large")
    used = disk_use(layout, layout.version(current_version(layout)))
    assert used.vectors > 90 * 4 * real.shape[1]
    assert (used.candidates, min(used.words, used.texts, used.rest, used.cache_bytes) > 0) == (0, True)


def test_loading_again_keeps_the_builds_and_who_built_them(
    tmp_path: Path, fake_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores, out = tmp_path / "stores", tmp_path / "out"
    stores.mkdir()
    (stores / "small").symlink_to(fake_store)
    paragraphs = current_manifest(StoreLayout(fake_store)).counts.paragraphs
    first = size_of(10_000)
    of_store = replace(first, build=replace(first.build, paragraphs=paragraphs))
    out.mkdir()
    BENCHMARK.write_records(out, records(of_store, size_of(100_000)))
    write_json(out / RUN, {"command": "the first run"}, indent=1)
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"query": "canal"}', encoding="utf-8")
    monkeypatch.setattr(command_line, "check_wrk", lambda: None)
    monkeypatch.setattr(command_line, "measure_service", lambda *_arguments: size_of(50_000).service)
    with pytest.raises(BenchmarkError, match="has no store of 100,000 paragraphs"):
        command_line.load([queries], stores, out)
    BENCHMARK.write_records(out, records(of_store, replace(of_store, synthetic=False)))
    monkeypatch.setattr(type(BENCHMARK), "report", lambda *_arguments: None)
    for _ in range(2):
        command_line.load([queries], stores, out)
        again = BENCHMARK.read_records(out)
        assert [size.service for size in again.sizes] == [size_of(50_000).service] * 2
        assert [size.build for size in again.sizes] == [of_store.build] * 2
        assert read_json(out / RUN)[BUILT_BY] == {"command": "the first run"}
