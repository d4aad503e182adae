"""Rebuilds of a store after some of its articles have changed, and stores that reuse the embeddings of another one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.build.articles import write_changed
from benchmarks.corpora.samples import ArticleSample
from benchmarks.harness.build_process import BuildRun, run_build
from indexer.snapshot.layout import StoreLayout

SHARES = (0.0, 0.01, 0.1)
"""Shares of articles that change before a rebuild."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A build into the same store after `changed` articles changed, which is about a `share` of all."""

    share: float
    changed: int
    run: BuildRun


def rebuilds(sample: ArticleSample, store: Path, model: str | None) -> Iterator[Rebuild]:
    """Build the articles again into their store, each time with a larger share of them changed."""
    for share in SHARES:
        changed = sample.path.with_name(f"{sample.size}-changed.jsonl")
        n = write_changed(sample.path, share, changed)
        yield Rebuild(share, n, run_build(changed, store, model))


def copy_embeddings(source: Path, target: Path) -> None:
    """Copy the embeddings of a store, which may be in use, into a new store."""
    cache = StoreLayout(target).cache
    cache.mkdir(parents=True)
    for path in sorted(StoreLayout(source).cache.glob("*.sqlite")):
        # A copy of the file alone could miss entries that are still in its write-ahead log.
        with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(cache / path.name)) as new:
            old.backup(new)
