"""One build as a user runs it: `khabar index build` in a separate process."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from indexer.reporting.stages import Stage
from indexer.snapshot.errors import BuildError
from indexer.snapshot.layout import StoreLayout

EMBEDDING = "embedding"
"""The stage of a build that embeds."""


@dataclass(frozen=True, slots=True)
class BuildRun:
    """One build: wall seconds from the start of its process to its end, and the report of the build itself."""

    wall_s: float
    articles: int
    paragraphs: int
    embedded: int
    stages: list[Stage]

    @property
    def embedding_s(self) -> float:
        """Seconds of embedding, or of looking vectors up where all are cached."""
        return sum(stage.seconds for stage in self.stages if stage.name == EMBEDDING)

    @property
    def peak_rss_bytes(self) -> int:
        """Peak memory of the process."""
        return max(stage.peak_rss_bytes for stage in self.stages)


def run_build(source: Path, store: Path, model: str | None, options: Sequence[str] = ()) -> BuildRun:
    """Build one file into a store, with further options; the build reports its progress on standard error.

    Raises:
        BuildError: the build failed; its own message is on standard error.
    """
    command = [sys.executable, "-m", "search_api", "index", "build", str(source), "--store", str(store), "--json"]
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [*command, *(["--model", model] if model else []), *options], stdout=subprocess.PIPE, text=True, check=False
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


def cached_passages(layout: StoreLayout) -> int:
    """Return the number of passage vectors in the cache of a store."""
    total = 0
    for path in layout.cache.glob("*-passage-*.sqlite"):
        with closing(sqlite3.connect(path)) as db:
            total += db.execute("SELECT count(*) FROM vector").fetchone()[0]
    return total
