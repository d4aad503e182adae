"""The stores that are compared: built with a tiny model, in one piece and divided."""

import json
from pathlib import Path

import pytest
import typer

from benchmarks.cluster.__main__ import build_all
from benchmarks.cluster.compare import compare
from benchmarks.cluster.stores import build_stores
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest
from indexer.store.versions import list_versions


@pytest.mark.slow
def test_stores_have_the_same_articles_in_one_piece_and_divided(tmp_path: Path, tiny_model: Path) -> None:
    source, folder = tmp_path / "news.jsonl", tmp_path / "stores"
    lines = [{"id": f"n{n}", "title": f"Report {n}", "text": f"Report {n} tells of {n * n} ships."} for n in range(60)]
    source.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    build_stores([source], 100, [2], folder, exact=True, versions=2, model=str(tiny_model))
    whole, divided = folder / "whole", folder / "shards-2"
    assert current_manifest(StoreLayout(whole)).counts.paragraphs == 100
    assert len(list_versions(StoreLayout(divided))) == 2
    comparison = compare(whole, divided, ["report", "ships"], 40)
    assert comparison.shards == 2
    assert all(pair.is_equal for pair in comparison.pairs)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    with pytest.raises(typer.BadParameter, match="is not empty"):
        build_all([tmp_path], tmp_path)
