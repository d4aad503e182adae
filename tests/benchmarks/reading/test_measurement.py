"""One real reading with a tiny model."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.reading.measurement import measure_reading
from indexer.build import Recipe, build
from indexer.reporting.progress import Reporter
from tests.conftest import ROOT


def test_a_reading_counts_as_a_build_does(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_setaffinity", lambda *_: None)  # it would last for the whole test process
    source = tmp_path / "articles.jsonl"
    lines = (ROOT / "data" / "articles.jsonl").read_text(encoding="utf-8").splitlines()[:20]
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    reporter = Reporter(Console(file=io.StringIO()))
    built = build([source], tmp_path / "store", reporter, recipe=Recipe(str(tiny_model)))
    block = b"x" * (256 << 20)  # memory that the peak must include
    found = measure_reading(source, tmp_path / "store")
    counts = built.manifest.counts
    assert (found.articles, found.paragraphs, found.input_bytes) == (20, counts.paragraphs, source.stat().st_size)
    assert set(found.seconds) == {"reading", "splitting", "finding copies"}
    assert len(block) < found.peak_bytes < 16 * len(block)
