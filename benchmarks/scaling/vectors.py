"""The vectors to search: drawn around those of a store, and written as a file that khabar maps into memory.

The file is a `vectors.faiss` as a build writes it, so khabar's own `VectorIndex` searches all sizes:
candidates come from the index in memory, and the full vectors that order them are mapped from disk. The
file is written in chunks, and no process ever has all vectors in memory.
"""

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from benchmarks.corpora.synthetic_vectors import CHUNK, NoiseFit, SyntheticVectors, fit_noise
from indexer.embedding.query_texts import headlines
from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.snapshot.layout import IndexLayout, StoreLayout
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.vectors.recall import RECALL_AT

HEADLINES_PER_LANGUAGE = 100
_HELD_OUT_SHARE = 10
_REAL, _QUERIES, _HEADLINES, _TENTH_BEST = "real.npy", "queries.npy", "headlines.npy", "tenth_best.npy"


@dataclass(frozen=True, slots=True)
class VectorSource:
    """The source of the vectors: `real` is the number of vectors of the store's largest language."""

    language: str
    real: int
    dim: int
    headlines: int
    fit: NoiseFit


@dataclass(frozen=True, slots=True)
class VectorFile:
    """The vectors of one size: seconds to draw and write them, and medians of the largest cosine of a query."""

    size: int
    seconds: float
    query_median: float
    headline_median: float


@dataclass(frozen=True, slots=True)
class QueriesWithTruth:
    """Queries, shape (n, dim), float32, and the cosine of the true tenth best row of each, shape (n,), float32."""

    vectors: FloatArray
    tenth_best: FloatArray


def collect(store: Path, folder: Path, n_queries: int) -> VectorSource:
    """Read vectors and headline queries from a store's published version and write them to a folder.

    At most a tenth of the vectors is held out for queries; synthetic vectors are drawn around the others.
    """
    with open_snapshot(store) as snapshot:
        counts = snapshot.manifest.counts.paragraphs_by_language
        language = max(counts, key=lambda name: (counts[name], name))
        layout = StoreLayout(store).version(snapshot.manifest.version).index(language)
        index = VectorIndex.open(layout, snapshot.manifest.index[language])
        headline_queries = _headline_vectors(snapshot)
    vectors = index.vectors  # a view, valid as long as the index exists
    held = np.zeros(len(vectors), dtype=np.bool_)
    held[evenly_spaced(range(len(vectors)), max(1, min(n_queries, len(vectors) // _HELD_OUT_SHARE)))] = True
    real = vectors[~held]
    fit = fit_noise(real)
    np.save(folder / _REAL, real)
    np.save(folder / _QUERIES, SyntheticVectors(real, fit.spread).queries(vectors[held], n_queries))
    np.save(folder / _HEADLINES, headline_queries)
    return VectorSource(language, len(real), real.shape[1], len(headline_queries), fit)


def write_vectors(folder: Path, size: int, noise_factor: float) -> VectorFile:
    """Write `size` vectors and the true neighbours of all queries to the folder of that size."""
    started = time.perf_counter()
    synthetic = SyntheticVectors(np.load(folder / _REAL, mmap_mode="r"), noise_factor)
    queries = np.concatenate([np.load(folder / _QUERIES), np.load(folder / _HEADLINES)])
    layout = layout_of(folder, size)
    layout.root.mkdir()
    best = BestCosines(queries)
    with layout.vectors.open("wb") as stream:
        stream.write(flat_header(size, synthetic.real.shape[1]))
        for chunk in chunks(synthetic, size):
            stream.write(chunk.data)
            best.add(chunk)
    np.save(layout.root / _TENTH_BEST, best.cosines[:, -1])
    n_queries = len(np.load(folder / _QUERIES, mmap_mode="r"))
    return VectorFile(
        size,
        round(time.perf_counter() - started, 2),
        round(float(np.median(best.cosines[:n_queries, 0])), 4),
        round(float(np.median(best.cosines[n_queries:, 0])), 4),
    )


def read_queries(folder: Path, size: int) -> tuple[QueriesWithTruth, QueriesWithTruth]:
    """Return the synthetic queries and the headlines of the store, with the truth among `size` vectors."""
    queries, of_headlines = np.load(folder / _QUERIES), np.load(folder / _HEADLINES)
    of_queries, of_headline_queries = np.split(np.load(layout_of(folder, size).root / _TENTH_BEST), [len(queries)])
    return QueriesWithTruth(queries, of_queries), QueriesWithTruth(of_headlines, of_headline_queries)


def layout_of(folder: Path, size: int) -> IndexLayout:
    """Return the layout of the files of one size."""
    return IndexLayout(folder / str(size))


def chunks(synthetic: SyntheticVectors, size: int) -> Iterator[FloatArray]:
    """Yield the first `size` synthetic vectors in chunks."""
    for number, start in enumerate(range(0, size, CHUNK)):
        yield synthetic.chunk(number, min(CHUNK, size - start))


def flat_header(n: int, dim: int) -> bytes:
    """Return the header of the file of a flat FAISS index of `n` vectors with inner product."""
    flat = faiss.IndexFlatIP(dim)
    flat.add(np.zeros((1, dim), dtype=np.float32))
    header = bytearray(faiss.serialize_index(flat).tobytes()[: -4 * dim])
    # The header of an index with one vector, in which two numbers change: the number of vectors, which
    # follows a tag and the dimension, and the number of components at the end.
    struct.pack_into("<q", header, 8, n)
    struct.pack_into("<Q", header, len(header) - 8, n * dim)
    return bytes(header)


class BestCosines:
    """The ten best cosines of each query among chunks that are added one after the other, by brute force."""

    def __init__(self, queries: FloatArray) -> None:
        self._queries = queries
        self.cosines = np.empty((len(queries), 0), dtype=np.float32)

    def add(self, chunk: FloatArray) -> None:
        """Add the next vectors, shape (n, dim)."""
        cosines, _ = faiss.knn(self._queries, chunk, min(RECALL_AT, len(chunk)), metric=faiss.METRIC_INNER_PRODUCT)
        self.cosines = -np.sort(-np.concatenate([self.cosines, cosines], axis=1), axis=1)[:, :RECALL_AT]


def _headline_vectors(snapshot: Snapshot) -> FloatArray:
    """Return neutral query vectors of some headlines of every language, encoded as the service encodes queries."""
    some = headlines(snapshot.corpus.openings(), HEADLINES_PER_LANGUAGE)
    return np.concatenate(
        [
            snapshot.neutral.queries(snapshot.encoders.queries.encode_queries([headline.text]), headline.language)
            for headline in some
        ]
    )
