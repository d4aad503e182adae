"""Rates and growth on hand-made numbers, and one real reading."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.reading.figures import growth, rates
from benchmarks.reading.work import Read, anonymous_bytes, read
from indexer.build import Recipe, build
from indexer.reporting.progress import Reporter
from tests.conftest import ROOT


def made(paragraphs: int, peak_bytes: int) -> Read:
    seconds = {"reading": 2.0, "splitting": 5.0, "finding copies": 1.0}
    return Read("news", 1, 250, 0, paragraphs, 3, seconds, peak_bytes)


def test_rates_are_paragraphs_a_second() -> None:
    found = rates(made(4_000, 1))
    assert found.by_stage == {"reading": 2_000, "splitting": 800, "finding copies": 4_000}
    assert found.overall == 500
    assert found.copies_s_per_100k_articles == 400


def test_growth_is_from_the_smallest_to_the_largest_input() -> None:
    assert growth([made(1_000, 5_000), made(500, 4_000), made(3_500, 10_000)]) == 2
    with pytest.raises(ValueError, match="two sizes"):
        growth([made(1_000, 5_000), made(1_000, 5_001)])


def test_anonymous_memory_is_read_in_bytes() -> None:
    assert anonymous_bytes("Name:\tpython\nRssAnon:\t   12 kB\nRssFile:\t 7 kB\n") == 12 * 1024
    with pytest.raises(ValueError, match="RssAnon"):
        anonymous_bytes("Name:\tpython\n")


def test_a_reading_counts_what_a_build_would(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_setaffinity", lambda *_: None)  # of the test process, for good
    source = tmp_path / "articles.jsonl"
    lines = (ROOT / "data" / "articles.jsonl").read_text(encoding="utf-8").splitlines()[:20]
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    reporter = Reporter(Console(file=io.StringIO()))
    built = build([source], tmp_path / "store", reporter, recipe=Recipe(str(tiny_model)))
    found = read(source, tmp_path / "store")
    counts = built.manifest.counts
    assert (found.articles, found.paragraphs, found.input_bytes) == (20, counts.paragraphs, source.stat().st_size)
    assert set(found.seconds) == {"reading", "splitting", "finding copies"}
    assert found.peak_bytes > 2**20
