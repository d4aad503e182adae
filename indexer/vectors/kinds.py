"""Building each kind of approximate index, and the search parameters to try with it.

The serving side of a kind, what its search parameter means to FAISS, is in `indexer.snapshot.index.kinds`.
FAISS objects are typed as Any, as there.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import faiss
import numpy as np

from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.record import ApproximateKind
from indexer.snapshot.index.vector_index import usable_cores

_SEED = 1234
_METRIC = faiss.METRIC_INNER_PRODUCT
_MAX_TRAINING = 65_536
_TRAINING_PER_LIST = 64
_ROWS_PER_CODED_LIST = 16_384
_HNSW_M = 32
_HNSW_EF_CONSTRUCTION = 100


class IndexBuilder(ABC):
    """One kind of approximate index.

    `candidates` is the number of rows that a search scores with the full vectors: as many as the
    rounding of vectors in this kind requires, and at least ten articles of four paragraphs.
    The number of components of a vector has to be a multiple of `dim_multiple`.
    """

    candidates = 48
    dim_multiple = 1

    @abstractmethod
    def build(self, vectors: FloatArray) -> Any:
        """Return a FAISS index of `vectors`, shape (n, dim), float32, unit norm; equal input, equal index."""

    def grid(self, max_parameter: int) -> Iterator[int]:
        """Yield the search parameters to try, each about a third larger than the one before, up to `max_parameter`."""
        value = self._first_parameter(max_parameter)
        while value < max_parameter:
            yield int(value)
            value = max(value * 4 / 3, value + 1)
        yield max_parameter

    def _first_parameter(self, max_parameter: int) -> float:
        return max(1.0, max_parameter / 32)


class ByteLists(IndexBuilder):
    """Inverted lists of vectors with 8 bits a component, built on all cores.

    There are 4 * sqrt(n) lists, as FAISS's guidelines give for under a million vectors:
    https://github.com/facebookresearch/faiss/wiki/Guidelines-to-choose-an-index
    """

    def build(self, vectors: FloatArray) -> Any:  # noqa: D102  # in the base class
        n, dim = vectors.shape
        byte, n_lists = faiss.ScalarQuantizer.QT_8bit, int(4 * np.sqrt(n))
        lists = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(dim), dim, n_lists, byte, _METRIC)
        return _fill(lists, vectors)


class CodedLists(IndexBuilder):
    """Inverted lists of 4-bit product codes, two components a code, built on all cores.

    The lists are long, because product codes are scanned fastest in long lists. Of 75,000 paragraphs of
    news, 128 candidates hold 99.95 % of the true ten nearest; 64 hold 99.1 %.
    """

    candidates = 128
    dim_multiple = 2

    def build(self, vectors: FloatArray) -> Any:  # noqa: D102  # in the base class
        n, dim = vectors.shape
        n_lists = max(1, n // _ROWS_PER_CODED_LIST)
        lists = faiss.IndexIVFPQFastScan(faiss.IndexFlatIP(dim), dim, n_lists, dim // 2, 4, _METRIC)
        lists.pq.cp.min_points_per_centroid = 1
        return _fill(lists, vectors)


class ByteGraph(IndexBuilder):
    """HNSW graph over vectors with 8 bits a component; only on one thread is it the same each time."""

    def build(self, vectors: FloatArray) -> Any:  # noqa: D102  # in the base class
        graph = faiss.IndexHNSWSQ(vectors.shape[1], faiss.ScalarQuantizer.QT_8bit, _HNSW_M, _METRIC)
        graph.hnsw.efConstruction = _HNSW_EF_CONSTRUCTION
        graph.train(evenly_spaced(vectors, _MAX_TRAINING))
        graph.add(vectors)
        return graph

    def _first_parameter(self, max_parameter: int) -> float:  # noqa: ARG002  # the same for every graph
        return float(self.candidates)


BUILDERS: Mapping[ApproximateKind, IndexBuilder] = {
    "ivf-pq4": CodedLists(),
    "ivf-sq8": ByteLists(),
    "hnsw-sq8": ByteGraph(),
}
"""In the order in which they are tried."""


def _fill(lists: Any, vectors: FloatArray) -> Any:
    """Train empty inverted lists and add all vectors, on all cores."""
    lists.cp.seed = _SEED
    lists.cp.spherical = True
    lists.cp.max_points_per_centroid = _TRAINING_PER_LIST
    lists.cp.min_points_per_centroid = 1
    with faiss_threads(usable_cores()):
        lists.train(evenly_spaced(vectors, max(_MAX_TRAINING, _TRAINING_PER_LIST * lists.nlist)))
        lists.add(vectors)
    return lists


@contextmanager
def faiss_threads(n: int) -> Iterator[None]:
    """Let FAISS use `n` threads in the calling thread while the block runs."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(n)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
