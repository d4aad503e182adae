"""The rows that peers index: khabar's paragraphs with the raw vectors from a store's embedding cache.

So nothing is embedded again, and all systems search the same vectors.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.harness.errors import BenchmarkError
from indexer.embedding.cache import EmbeddingCache, passage_cache
from indexer.embedding.embed import look_up
from indexer.embedding.passage import Context
from indexer.encoders.models import find_model
from indexer.snapshot.content.corpus import Corpus, Passage
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.format.manifest import Manifest
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest
from indexer.vectors.recall import recall_of_rows

IDS, TEXTS, VECTORS = "ids.json", "texts.json", "vectors.npy"


@dataclass(frozen=True, slots=True)
class ExportedRows:
    """Exported rows: `ids.json` and `texts.json` are lists, `vectors.npy` has shape (n, dim), float32."""

    folder: Path

    def ids(self) -> list[str]:
        """Return the ids of all paragraphs, in order of row."""
        ids: list[str] = json.loads((self.folder / IDS).read_text(encoding="utf-8"))
        return ids

    def vectors(self) -> FloatArray:
        """Return the raw vectors, unit norm, mapped from disk."""
        vectors: FloatArray = np.load(self.folder / VECTORS, mmap_mode="r")
        return vectors


def model_folder(manifest: Manifest) -> Path:
    """Return the folder of the model that a version was built with.

    Raises:
        BenchmarkError: it is not the bundled model, the only one that the peers can use.
    """
    source = find_model(None)
    if source.fingerprint != manifest.encoder.fingerprint:
        raise BenchmarkError(
            f"the store was built with {manifest.encoder.name}, peers use only the bundled {source.name}"
        )
    return source.folder


def export_rows(store: Path, folder: Path) -> ExportedRows:
    """Write ids, texts and raw vectors of the published version into a new folder.

    Raises:
        BenchmarkError: vectors are missing in the cache, or the model is not the bundled one.
    """
    # imports torch; only its tokenizer is used
    from indexer.encoders.reference_encoder import SentenceTransformersEncoder

    layout = StoreLayout(store)
    manifest = current_manifest(layout)
    model_folder(manifest)
    encoder, context = SentenceTransformersEncoder.load(find_model(None)), Context(manifest.build.context)

    def text_of(passage: Passage) -> str:
        return encoder.description.passage_text(passage, context)

    with Corpus(layout.version(manifest.version).corpus) as corpus:
        path = passage_cache(layout.cache, manifest.encoder.fingerprint, manifest.build.precision)
        if not path.is_file():
            raise BenchmarkError(f"the embedding cache {path} is missing: build the store again")
        with EmbeddingCache(path, manifest.encoder.dim) as cache:
            lookup = look_up(map(text_of, corpus.passages()), corpus.n_paragraphs, manifest.encoder.dim, cache)
        if lookup.missing:
            raise BenchmarkError(f"{len(lookup.missing):,} vectors are missing in {path}: build the store again")
        paragraphs = [corpus.hits([row])[0][1] for row in corpus.paragraph_rows()]
    return write_rows(
        folder, [paragraph.id for paragraph in paragraphs], [paragraph.text for paragraph in paragraphs], lookup.vectors
    )


def write_rows(folder: Path, ids: Sequence[str], texts: Sequence[str], vectors: FloatArray) -> ExportedRows:
    """Write rows into a folder; the vectors come last, so a folder with vectors is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((IDS, ids), (TEXTS, texts)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    np.save(folder / "partial.npy", vectors)
    (folder / "partial.npy").rename(folder / VECTORS)
    return ExportedRows(folder)


@dataclass(frozen=True, slots=True)
class ExactScores:
    """The exact scores of all rows for some queries: `scores`, shape (n_queries, n_rows), float32; ids by row."""

    ids: Sequence[str]
    scores: FloatArray

    def recall(self, found: Sequence[Sequence[str]]) -> list[float]:
        """Return recall@10 of each query from the ids that a system found, best first."""
        row_of = {name: row for row, name in enumerate(self.ids)}
        rows = (np.array([row_of[name] for name in names], dtype=np.int64) for names in found)
        return [recall_of_rows(some, scores) for some, scores in zip(rows, self.scores, strict=True)]
