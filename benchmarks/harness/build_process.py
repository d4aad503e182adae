"""One build as a user runs it: `khabar index build` in a separate process."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from indexer.reporting.stages import Stage
from indexer.snapshot.errors import BuildError

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
