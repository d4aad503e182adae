"""The vectors that are searched: drawn around those of a store, and written to the file that khabar maps.

The file is a `vectors.faiss` as a build writes it, so all sizes go through the product's own
`VectorIndex`: candidates come from the index in memory, and the full vectors that order them are
mapped from disk. It is written chunk by chunk, and no process ever holds all vectors.
"""

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from benchmarks.scaling.synthetic import CHUNK, Cloud, Fit, fit
from indexer.embedding.query_texts import headlines, spread
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.vector_index import Rows, VectorIndex
from indexer.snapshot.layout import IndexLayout, StoreLayout
from indexer.snapshot.reader import Snapshot, open_snapshot

RECALL_AT = 10
HEADLINES_PER_LANGUAGE = 100
_HELD_OUT_SHARE = 10
_REAL, _QUERIES, _HEADLINES, _TRUTH = "real.npy", "queries.npy", "headlines.npy", "truth.npz"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the vectors come from: `real` ones of the store's largest language, and how they were fitted."""

    language: str
    real: int
    dim: int
    headlines: int
    fit: Fit


@dataclass(frozen=True, slots=True)
class Written:
    """The vectors of one size: seconds to draw and write them, and medians of the best cosine of a query."""

    size: int
    seconds: float
    query_median: float
    headline_median: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Queries, shape (n, dim), and the true ten nearest rows of each, shape (n, 10)."""

    vectors: FloatArray
    truth: Rows


def collect(store: Path, folder: Path, n_queries: int) -> Source:
    """Take vectors and headline queries from a store's published version and write them to a folder.

    A tenth of the vectors at most is held out for queries; the others are what synthetic ones are drawn around.
    """
    snapshot = open_snapshot(store)
    try:
        counts = snapshot.manifest.counts.paragraphs_by_language
        language = max(counts, key=lambda name: (counts[name], name))
        layout = StoreLayout(store).version(snapshot.manifest.version).index(language)
        index = VectorIndex.open(layout, snapshot.manifest.index[language])
        asked = _headline_vectors(snapshot)
    finally:
        snapshot.close()
    vectors = index.vectors  # a view, valid as long as the index is
    held = np.zeros(len(vectors), dtype=np.bool_)
    held[spread(range(len(vectors)), max(1, min(n_queries, len(vectors) // _HELD_OUT_SHARE)))] = True
    real = vectors[~held]
    found = fit(real)
    np.save(folder / _REAL, real)
    np.save(folder / _QUERIES, Cloud(real, found.spread).queries(vectors[held], n_queries))
    np.save(folder / _HEADLINES, asked)
    return Source(language, len(real), real.shape[1], len(asked), found)


def write_vectors(folder: Path, size: int, spread_of_noise: float) -> Written:
    """Write `size` vectors to the folder of that size, and the true neighbours of all queries beside them."""
    started = time.perf_counter()
    cloud = Cloud(np.load(folder / _REAL, mmap_mode="r"), spread_of_noise)
    asked = np.concatenate([np.load(folder / _QUERIES), np.load(folder / _HEADLINES)])
    layout = layout_of(folder, size)
    layout.root.mkdir()
    best = Best(asked)
    with layout.vectors.open("wb") as stream:
        stream.write(flat_header(size, cloud.real.shape[1]))
        for chunk in chunks(cloud, size):
            stream.write(chunk.data)
            best.look_at(chunk)
    np.savez(layout.root / _TRUTH, rows=best.rows)
    n_queries = len(np.load(folder / _QUERIES, mmap_mode="r"))
    return Written(
        size,
        round(time.perf_counter() - started, 2),
        round(float(np.median(best.cosines[:n_queries, 0])), 4),
        round(float(np.median(best.cosines[n_queries:, 0])), 4),
    )


def read_asked(folder: Path, size: int) -> tuple[Asked, Asked]:
    """Return the synthetic queries and the store's headlines, with their true neighbours among `size` vectors."""
    queries, of_headlines = np.load(folder / _QUERIES), np.load(folder / _HEADLINES)
    with np.load(layout_of(folder, size).root / _TRUTH) as saved:
        truth = saved["rows"]
    return Asked(queries, truth[: len(queries)]), Asked(of_headlines, truth[len(queries) :])


def layout_of(folder: Path, size: int) -> IndexLayout:
    """Return the files of one size."""
    return IndexLayout(folder / str(size))


def chunks(cloud: Cloud, size: int) -> Iterator[FloatArray]:
    """Yield the first `size` vectors of a cloud."""
    for number, start in enumerate(range(0, size, CHUNK)):
        yield cloud.chunk(number, min(CHUNK, size - start))


def flat_header(n: int, dim: int) -> bytes:
    """Return what stands before the vectors in a flat FAISS index of `n` vectors by inner product."""
    flat = faiss.IndexFlatIP(dim)
    flat.add(np.zeros((1, dim), dtype=np.float32))
    header = bytearray(faiss.serialize_index(flat).tobytes()[: -4 * dim])
    # FAISS's own header of one vector, with the two numbers that tell how many there are: behind
    # a tag and the dimension that of vectors, and at the end that of components.
    struct.pack_into("<q", header, 8, n)
    struct.pack_into("<Q", header, len(header) - 8, n * dim)
    return bytes(header)


class Best:
    """The ten best rows of each query among chunks looked at one after the other, by brute force."""

    def __init__(self, queries: FloatArray) -> None:
        self._queries = queries
        self._seen = 0
        self.cosines = np.empty((len(queries), 0), dtype=np.float32)
        self.rows = np.empty((len(queries), 0), dtype=np.int64)

    def look_at(self, chunk: FloatArray) -> None:
        """Take the next vectors, shape (n, dim), into account."""
        cosines, rows = faiss.knn(self._queries, chunk, min(RECALL_AT, len(chunk)), metric=faiss.METRIC_INNER_PRODUCT)
        every = np.concatenate([self.cosines, cosines], axis=1)
        order = np.argsort(-every, axis=1, kind="stable")[:, :RECALL_AT]
        self.cosines = np.take_along_axis(every, order, axis=1)
        self.rows = np.take_along_axis(np.concatenate([self.rows, rows + self._seen], axis=1), order, axis=1)
        self._seen += len(chunk)


def _headline_vectors(snapshot: Snapshot) -> FloatArray:
    """Return neutral vectors of some headlines of every language, as the service makes them of queries."""
    some = headlines(snapshot.corpus.openings(), HEADLINES_PER_LANGUAGE)
    return np.concatenate(
        [
            snapshot.neutral.queries(snapshot.encoder.encode_queries([headline.text]), headline.language)
            for headline in some
        ]
    )
