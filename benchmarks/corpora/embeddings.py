"""Synthetic vectors in the embedding cache of a store, so that a build of it embeds nothing."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.corpora.synthetic_vectors import SyntheticVectors, fit_noise
from indexer.articles.gather import CorpusScope, GatherRequest, gather
from indexer.articles.spool import Spool
from indexer.articles.write_corpus import write_corpus
from indexer.embedding.cache import EmbeddingCache, passage_cache, read_keys
from indexer.embedding.passage import Context
from indexer.encoders.build_encoders import LazyPassageEncoder
from indexer.encoders.models import find_model
from indexer.encoders.passage_vectors import embed_passages
from indexer.reporting.progress import Reporter
from indexer.reporting.stages import StageTimer
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_manifest
from indexer.sources.formats.format import ReadOptions


def fill_cache(articles: Path, store: Path, like: Path, model: str | None) -> None:
    """Put a vector for each passage of a file of articles into the cache of `store`, drawn around those of `like`.

    The articles are gathered and split as a build does it. The model is loaded for its tokenizer, so this should run
    in a child process.
    """
    vectors = cached_vectors(like)
    synthetic = SyntheticVectors(vectors, fit_noise(vectors).spread)

    def draw(chunks: Iterable[Sequence[str]]) -> Iterator[tuple[int, FloatArray]]:
        for place, texts in enumerate(chunks):
            yield place, synthetic.chunk(place, len(texts))

    layout, say = StoreLayout(store), Reporter(Console(stderr=True))
    encoder = LazyPassageEncoder(layout, find_model(model), say)
    request = GatherRequest([articles], ReadOptions(), CorpusScope())
    with tempfile.TemporaryDirectory(dir=store.parent) as name:
        folder, version = Path(name), VersionLayout(Path(name))
        with Spool(folder / "spool.sqlite") as spool:
            gather(request, layout, encoder.source.fingerprint, spool, version.rejects, say)
            write_corpus(spool, version, encoder.description.paragraph_limit, None, folder, StageTimer())
        with Corpus(version.corpus) as corpus:
            embed_passages(
                corpus, encoder, layout.cache, Context.TITLE_AND_SECTION, say, lambda _encoder: nullcontext(draw)
            )


def cached_vectors(store: Path) -> FloatArray:
    """Return the raw vectors of the paragraphs of a published version, shape (n, dim), float32, unit norm.

    Raises:
        SnapshotDamaged: the store has no embedding cache for its version.
    """
    return unit(np.stack([*vectors_by_text(store).values()]))


def vectors_by_text(store: Path) -> dict[bytes, FloatArray]:
    """Return the raw vectors of the paragraphs of a published version by text key, each of shape (dim,), float32.

    Raises:
        SnapshotDamaged: the store has no embedding cache for its version.
    """
    layout = StoreLayout(store)
    manifest = current_manifest(layout)
    path = passage_cache(layout.cache, manifest.encoder.fingerprint, manifest.build.precision)
    if not path.is_file():
        raise SnapshotDamaged(f"the embedding cache {path} is missing: build the store again")
    keys = sorted(read_keys(layout.version(manifest.version).text_keys))
    with EmbeddingCache(path, manifest.encoder.dim) as cache:
        found = cache.get(keys)  # the other keys are those of queries
    return {key: found[key] for key in keys if key in found}
