"""One reading of articles as a build does it, up to the corpus file, on one core."""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from indexer.articles.gather import CorpusScope, GatherRequest, gather
from indexer.articles.spool import Spool
from indexer.articles.write_corpus import write_corpus
from indexer.encoders.build_encoders import recorded_shape
from indexer.reporting.progress import Reporter
from indexer.reporting.stages import StageTimer
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_version
from indexer.sources.formats.format import ReadOptions

_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Read:
    """What one input cost: `seconds` of each stage, and the most memory that no file stands behind."""

    input: str
    input_bytes: int
    articles: int
    rejected: int
    paragraphs: int
    copies: int
    seconds: dict[str, float]
    peak_bytes: int


def read(source: Path, store_root: Path) -> Read:
    """Read, split and compare the articles of `source` on one core, with the tokenizer of a store.

    Raises:
        StoreError: the store has no published version, or not its tokenizer.
        SourceError: the source cannot be read.
    """
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    store = StoreLayout(store_root)
    fingerprint = read_manifest(store.version(current_version(store)).manifest).encoder.fingerprint
    shape = recorded_shape(store, fingerprint)
    if shape is None:
        raise StoreError(f"{store_root} does not hold the tokenizer of its version")
    folder = Path(tempfile.mkdtemp(prefix="khabar-reading-"))
    layout, stages = VersionLayout(folder / "version"), StageTimer()
    layout.root.mkdir()
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, _peak() as peak, Spool(folder / "spool") as spool:
            request, reporter = GatherRequest([source], ReadOptions(), CorpusScope()), Reporter(Console(file=nowhere))
            gathered = gather(request, StoreLayout(folder / "store"), fingerprint, spool, layout.rejects, reporter)
            stages.end_stage("reading")
            duplicates = write_corpus(spool, layout, shape, None, folder, stages)
        corpus = Corpus(layout.corpus)
        return Read(
            input=source.name,
            input_bytes=sum(path.stat().st_size for path in [source, *source.rglob("*")] if path.is_file()),
            articles=corpus.n_articles,
            rejected=gathered.source_counts.rejected,
            paragraphs=corpus.n_paragraphs,
            copies=len(duplicates.originals),
            seconds={stage.name: stage.seconds for stage in stages.finished()},
            peak_bytes=max(peak),
        )
    finally:
        shutil.rmtree(folder)


@contextmanager
def _peak() -> Iterator[list[int]]:
    """Yield a list that gets this process's anonymous memory in bytes, again and again until the block ends."""
    seen = [anonymous_bytes(Path("/proc/self/status").read_text(encoding="ascii"))]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_EVERY_S):
            seen.append(anonymous_bytes(Path("/proc/self/status").read_text(encoding="ascii")))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def anonymous_bytes(status: str) -> int:
    """Return the anonymous memory that Linux's /proc/PID/status tells of, in bytes.

    Raises:
        ValueError: it does not.
    """
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == "RssAnon":
            return int(value.split()[0]) * 1024
    raise ValueError("no RssAnon in /proc/self/status")
