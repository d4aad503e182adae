"""Articles of any number, synthetic vectors in a cache, and a run with a tiny model."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.capacity.embeddings import cached_vectors, fill_cache
from benchmarks.capacity.measurement import disk_use, sample_news
from benchmarks.capacity.news import endless_news
from benchmarks.harness.build_process import run_build
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from tests.conftest import make_article

NEWS = [
    make_article("a", "en", "one", "two", title="T", source="s"),
    make_article("b", "ar", "واحد", "اثنان", "ثلاثة"),
    make_article("c", "en", "three"),
]


def test_real_articles_come_first_and_others_are_made_of_their_paragraphs() -> None:
    first = list(islice(endless_news(NEWS), 9))
    assert first[:3] == NEWS
    assert len({article.id for article in first}) == 9
    assert [len(article.blocks) for article in first] == [2, 3, 1] * 3
    assert (first[3].title, first[3].source, first[3].language) == ("T", "s", "en")
    assert {block for article in first for block in article.blocks if article.language == "ar"} <= set(NEWS[1].blocks)
    assert {block for article in first for block in article.blocks if article.language == "en"} <= {
        "one", "two", "three",
    }  # fmt: skip
    assert first == list(islice(endless_news(NEWS), 9))


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
