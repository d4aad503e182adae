"""Builds killed at random moments: the published version must stay intact, and the next build must need no help."""

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.build_process import cached_passages
from benchmarks.soak.commands import COMMAND, build_store, khabar_index
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version

_NEW_ARTICLES = 20
_SEED = 7
_INDEXING = "indexing "
"""How the line begins that a build prints before it makes the index."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One build with `news` new texts, killed after `after_s` seconds, or as many after its index was made.

    `told` is the last line that the build had printed, `ended_before` whether it had ended before the kill.
    `published_before` and `published_after` are the published versions, `verified` says whether
    `khabar index verify` accepted the latter. `cached_before` and `cached_after` count vectors in the cache.
    `next_embedded` is the number of texts that the next build had to embed; None if that build failed.
    `publishing` says whether the kill waited until the index was made.
    """

    after_s: float
    news: int
    ended_before: bool
    told: str
    published_before: str
    published_after: str
    verified: bool
    cached_before: int
    cached_after: int
    next_embedded: int | None
    publishing: bool = False

    @property
    def nothing_lost(self) -> bool:
        """Whether the store lost neither its version nor a vector."""
        return (
            self.verified
            and self.next_embedded is not None
            and self.published_after >= self.published_before
            and self.cached_after >= self.cached_before
            and self.next_embedded <= self.news - (self.cached_after - self.cached_before)
        )


def kill_builds(
    articles: Path, store: Path, scratch: Path, n: int, n_publishing: int, *, seed: int = 0
) -> Iterator[Kill]:
    """Build once, then kill `n` builds, `n_publishing` of them after the index is made; every second one has news."""
    rng = random.Random(_SEED + seed)  # noqa: S311  # not a secret
    source = scratch / "soak.jsonl"
    source.write_bytes(articles.read_bytes())
    build_store(store, source)
    undisturbed_s = {news: _seconds(store, source, scratch, news) for news in (0, _NEW_ARTICLES)}
    publishing_s = _publishing_seconds(store, source)
    for number in range(n):
        news = _NEW_ARTICLES if number % 2 else 0
        publishing = number * n_publishing // n != (number + 1) * n_publishing // n
        after_s = rng.uniform(0, publishing_s if publishing else undisturbed_s[news])
        yield _kill(store, _with_news(source, scratch, f"kill-{number}", news), news, after_s, publishing=publishing)


def _kill(store: Path, source: Path, news: int, after_s: float, *, publishing: bool) -> Kill:
    layout = StoreLayout(store)
    before, cached_before = current_version(layout), cached_passages(layout)
    with _build(store, source) as process:
        told = _lines_until(process, _INDEXING) if publishing else ""
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        lines = (told + (process.stderr.read() if process.stderr else "")).strip().splitlines()
    ended_before = process.returncode == 0
    published, verified, cached = (
        current_version(layout),
        khabar_index(store, "verify").returncode == 0,
        cached_passages(layout),
    )
    try:
        next_embedded = int(build_store(store, source)["embedded"])
    except RuntimeError:
        next_embedded = None
    return Kill(
        after_s=round(after_s, 3),
        news=news,
        ended_before=ended_before,
        told=lines[-1] if lines else "",
        published_before=before,
        published_after=published,
        verified=verified,
        cached_before=cached_before,
        cached_after=cached,
        next_embedded=next_embedded,
        publishing=publishing,
    )


def _build(store: Path, source: Path) -> subprocess.Popen[str]:
    command = [*COMMAND, "build", str(source), "--store", str(store), "--max-shrink", "100%"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)  # noqa: S603


def _lines_until(process: subprocess.Popen[str], beginning: str) -> str:
    """Return what a build prints up to a line that begins so, or everything if none does."""
    told = ""
    for line in process.stderr or ():
        told += line
        if line.startswith(beginning):
            break
    return told


def _publishing_seconds(store: Path, source: Path) -> float:
    """Return the wall seconds of an undisturbed build after its index was made."""
    with _build(store, source) as process:
        _lines_until(process, _INDEXING)
        started = time.perf_counter()
        process.communicate()
        return time.perf_counter() - started


def _seconds(store: Path, source: Path, scratch: Path, news: int) -> float:
    """Return the wall seconds of an undisturbed build."""
    changed = _with_news(source, scratch, f"timed-{news}", news)
    started = time.perf_counter()
    build_store(store, changed)
    return time.perf_counter() - started


def _with_news(source: Path, scratch: Path, name: str, n: int) -> Path:
    """Return a copy of a source with `n` more articles, each of one text that no build has seen."""
    lines = source.read_text(encoding="utf-8").splitlines()
    for one in range(n):
        text = f"Bulletin {one} of {name}: nothing has been lost in this night, say those who have counted twice."
        lines.append(json.dumps({"id": f"{name}-{one}", "text": text}))
    path = scratch / f"{name}.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
