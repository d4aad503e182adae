"""One build as a user runs it: `khabar index build` in a separate process."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.build.articles import ArticleSample, write_changed
from indexer.reporting.stages import Stage
from indexer.snapshot.errors import BuildError
from indexer.snapshot.layout import StoreLayout

SHARES = (0.0, 0.01, 0.1)
"""Shares of articles that change before a rebuild."""


@dataclass(frozen=True, slots=True)
class BuildRun:
    """One build: wall seconds from the start of its process to its end, and the report of the build itself."""

    wall_s: float
    articles: int
    paragraphs: int
    embedded: int
    stages: list[Stage]


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A build into the same store after `changed` articles changed, which is about a `share` of all."""

    share: float
    changed: int
    run: BuildRun


def run_build(source: Path, store: Path, model: str | None) -> BuildRun:
    """Build one file into a store; the build reports its progress on standard error.

    Raises:
        BuildError: the build failed; its own message is on standard error.
    """
    command = [sys.executable, "-m", "search_api", "index", "build", str(source), "--store", str(store), "--json"]
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [*command, *(["--model", model] if model else [])], stdout=subprocess.PIPE, text=True, check=False
    )
    wall_s = time.perf_counter() - started
    if done.returncode:
        raise BuildError(f"building {source.name} ended with exit status {done.returncode}")
    return read_build(done.stdout, wall_s)


def read_build(text: str, wall_s: float) -> BuildRun:
    """Return a build from the JSON document that it printed."""
    body = json.loads(text)
    counts = body["current"]["counts"]
    return BuildRun(
        wall_s=round(wall_s, 3),
        articles=counts["articles"],
        paragraphs=counts["paragraphs"],
        embedded=body["embedded"],
        stages=[Stage(**stage) for stage in body["stages"]],
    )


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
