"""The stores that are compared: the same articles in one piece and divided, with vectors that nobody has to embed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpora.embeddings import fill_cache
from benchmarks.corpora.news import sample_news
from benchmarks.harness.benchmark import reporter
from benchmarks.harness.build_process import run_build
from benchmarks.harness.child_process import ChildProcess
from indexer.build import Recipe, build
from indexer.snapshot.layout import StoreLayout

_EMBEDDED = 1_000
"""Paragraphs that are embedded; other vectors are drawn around theirs."""

WHOLE = "whole"
"""The name of the store in one piece; `shards-N` are the divided ones."""


def build_stores(
    sources: Sequence[Path],
    paragraphs: int,
    shards: Sequence[int],
    folder: Path,
    *,
    exact: bool,
    versions: int = 1,
    model: str | None = None,
) -> None:
    """Build a store in one piece with at least so many paragraphs, and one for each number of shards, in `folder`.

    The store in one piece has exact indexes, so that it says what there is to find; divided ones with `exact` too, and
    else those that a build chooses. Divided stores get `versions` equal versions, which can be swapped.

    Raises:
        SourceError: the sources have no articles.
        BenchmarkError: a build failed.
    """
    child = ChildProcess()
    folder.mkdir(parents=True, exist_ok=True)
    embedded, sample = child.run(sample_news, sources, [min(_EMBEDDED, paragraphs - 1), paragraphs], folder, model)
    run_build(embedded.path, folder / "embedded", model)
    whole = folder / WHOLE
    child.run(fill_cache, sample.path, whole, folder / "embedded", model)
    child.run(_build, sample.path, whole, Recipe(model, exact=True))
    for number in shards:
        divided = folder / f"shards-{number}"
        for part in (StoreLayout(whole).cache, StoreLayout(whole).encoders):
            shutil.copytree(part, divided / part.name)
        for _ in range(versions):
            child.run(_build, sample.path, divided, Recipe(model, exact=exact, n_shards=number))


def _build(articles: Path, store: Path, recipe: Recipe) -> None:
    build([articles], store, reporter(), recipe=recipe)
