"""The language of each document in a pool, and the events beside a third language."""

import io
import json
from pathlib import Path

from rich.console import Console

from benchmarks.corpora.parallel import Document
from benchmarks.quality.pools import Pool, assign_languages, publish_articles, write_other_events
from indexer.build import Recipe
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest

DOCUMENTS = [Document(f"d{n}", {"en": ["x"], "ar": ["x"]}) for n in range(12)]


def test_mixed_pools_alternate_in_blocks_of_five_and_complement_each_other() -> None:
    first, second = assign_languages(DOCUMENTS, Pool.MIXED_0), assign_languages(DOCUMENTS, Pool.MIXED_1)
    assert "".join(first[f"d{n}"][0] for n in range(12)) == "eeeeeaaaaaee"
    assert all({first[name], second[name]} == {"en", "ar"} for name in first)


def test_single_and_half_pools() -> None:
    assert set(assign_languages(DOCUMENTS, Pool.AR).values()) == {"ar"}
    assert assign_languages(DOCUMENTS, Pool.HALF_EN) == {f"d{n}": "en" for n in range(0, 12, 2)}


def test_other_events_are_those_that_the_third_language_does_not_cover(tmp_path: Path) -> None:
    for folder, records in {
        "sample": [{"id": "en-a", "event": "a"}, {"id": "ar-a", "event": "a"}, {"id": "ar-b", "event": "b"}],
        "third": [{"id": "fr-a", "event": "a"}],
    }.items():
        (tmp_path / folder).mkdir()
        lines = "\n".join(map(json.dumps, records))
        (tmp_path / folder / "articles.jsonl").write_text(lines, encoding="utf-8")
    written = write_other_events(tmp_path / "sample", tmp_path / "third", tmp_path / "store")
    assert [json.loads(line)["id"] for line in written.read_text(encoding="utf-8").splitlines()] == ["ar-b"]


def test_small_pool_may_follow_a_large_one(tmp_path: Path, tiny_model: Path) -> None:
    source, store = tmp_path / "articles.jsonl", tmp_path / "store"
    for n in (120, 3):
        records = [{"id": f"a{one}", "text": f"Report number {one} tells of other things."} for one in range(n)]
        source.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        version = publish_articles([source], store, Reporter(Console(file=io.StringIO())), Recipe(str(tiny_model)))
    manifest = current_manifest(StoreLayout(store))
    assert (manifest.version, manifest.counts.articles) == (version, 3)
