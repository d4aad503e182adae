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

from benchmarks.harness.resident_memory import resident_memory
from indexer.articles.gather import CorpusScope, GatherRequest, gather
from indexer.articles.spool import Spool
from indexer.articles.write_corpus import write_corpus
from indexer.encoders.build_encoders import recorded_description
from indexer.reporting.progress import Reporter
from indexer.reporting.stages import StageTimer
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import StoreError
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_manifest
from indexer.sources.formats.format import ReadOptions

_SAMPLE_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class ReadingRun:
    """One input: its size, the wall `seconds` of each stage, and the peak of anonymous memory.

    `copies` are articles that are near-duplicates of another one.
    """

    input: str
    input_bytes: int
    articles: int
    rejected: int
    paragraphs: int
    copies: int
    seconds: dict[str, float]
    peak_bytes: int


def measure_reading(source: Path, store_root: Path) -> ReadingRun:
    """Read, split and compare the articles of `source` on one core, with the tokenizer of a store.

    Raises:
        StoreError: the store has no published version, or the version's tokenizer is missing.
        SourceError: the source cannot be read.
    """
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    store = StoreLayout(store_root)
    fingerprint = current_manifest(store).encoder.fingerprint
    encoder = recorded_description(store, fingerprint)
    if encoder is None:
        raise StoreError(f"{store_root} does not contain the tokenizer of its version")
    folder = Path(tempfile.mkdtemp(prefix="khabar-reading-"))
    layout, timer = VersionLayout(folder / "version"), StageTimer()
    layout.root.mkdir()
    try:
        with (
            Path(os.devnull).open("w", encoding="utf-8") as null,
            _memory_samples() as memory,
            Spool(folder / "spool") as spool,
        ):
            request, reporter = GatherRequest([source], ReadOptions(), CorpusScope()), Reporter(Console(file=null))
            gathered = gather(request, StoreLayout(folder / "store"), fingerprint, spool, layout.rejects, reporter)
            timer.end_stage("reading")
            duplicates = write_corpus(spool, layout, encoder.paragraph_limit, None, folder, timer)
        with Corpus(layout.corpus) as corpus:
            return ReadingRun(
                input=source.name,
                input_bytes=sum(path.stat().st_size for path in [source, *source.rglob("*")] if path.is_file()),
                articles=corpus.n_articles,
                rejected=gathered.source_counts.rejected,
                paragraphs=corpus.n_paragraphs,
                copies=len(duplicates.originals),
                seconds={stage.name: stage.seconds for stage in timer.ended_stages()},
                peak_bytes=max(memory),
            )
    finally:
        shutil.rmtree(folder)


@contextmanager
def _memory_samples() -> Iterator[list[int]]:
    """Yield a list; a thread appends the anonymous memory of this process in bytes to it until the block ends."""
    samples = [resident_memory().own_bytes]
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE_EVERY_S):
            samples.append(resident_memory().own_bytes)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()
