"""Nearest paragraphs by inner product of unit vectors, behind one small class.

FAISS, its dtype, unit norm, selectors and missing ids (-1) are dealt with here and nowhere else.

Results come in one total order, whatever number of them is asked for: by score rounded to six
decimals, best first, then by row. So a page never repeats or skips what another page showed.
(An approximate index that runs out of the lists it looked into goes on with all others: there,
and only there, a later result can score higher than an earlier one.)
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder import FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.manifest import IndexRecord

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EXACT_UP_TO = 50_000
"""Corpora of at most this many paragraphs are scanned whole: under 10 ms at 384 dimensions."""

RECALL_TARGET = 0.98
_RECALL_AT = 10
_SCORE_DECIMALS = 6
_KMEANS_SEED = 1234
_TRAINING_PER_LIST = 64


class VectorIndex:
    """Index over vectors of shape (n, dim), float32, unit norm; row n is vector n.

    Two kinds exist. "exact" compares a query with every vector. "ivf" (inverted lists) groups the
    vectors around `n_lists` centroids and looks into the `n_probe` nearest groups only. Inverted
    lists rather than a graph: they are built the same way each time, a filtered search through
    all lists is exact, and the vectors take no extra memory.
    """

    def __init__(self, index: Any, record: IndexRecord) -> None:
        self._index = index
        self.record = record

    @property
    def size(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return int(self._index.d)

    @classmethod
    def build(cls, vectors: FloatArray, queries: FloatArray, *, exact_up_to: int = EXACT_UP_TO) -> "VectorIndex":
        """Index `vectors`, shape (n, dim); both arguments are scaled to unit norm here.

        Above `exact_up_to` vectors an inverted-list index is made, and the number of lists to
        probe is tuned on every second row of `queries`, shape (n_queries, dim), until mean
        recall@10 reaches 0.98; the other rows measure the recall that is recorded. Where 98 %
        cannot be had, or there are too few queries to tell, all lists are probed.
        """
        vectors, queries = unit(vectors), unit(queries)
        if len(vectors) <= exact_up_to:
            flat = faiss.IndexFlatIP(vectors.shape[1])
            flat.add(vectors)
            return cls(flat, IndexRecord(kind="exact", n_lists=0, n_probe=0, recall_at_10=1.0, recall_queries=0))
        index = _train_ivf(vectors)
        n_probe = tune_n_probe(index, vectors, queries[::2])
        held_out = queries[1::2]
        recall = _recall(index, vectors, held_out, n_probe) if len(held_out) else 1.0
        record = IndexRecord(
            kind="ivf", n_lists=index.nlist, n_probe=n_probe, recall_at_10=recall, recall_queries=len(held_out)
        )
        return cls(index, record)

    def save(self, path: Path) -> None:
        """Write the index to a file.

        Raises:
            OSError: it cannot be written.
        """
        try:
            faiss.write_index(self._index, str(path))
        except RuntimeError as error:  # FAISS has no other error, for want of disk or else
            raise OSError(f"{path} cannot be written: {error}") from error

    @classmethod
    def open(cls, path: Path, record: IndexRecord) -> "VectorIndex":
        """Read an index that `save` wrote.

        Raises:
            SnapshotDamaged: the file is not a FAISS index.
        """
        try:
            return cls(faiss.read_index(str(path)), record)
        except RuntimeError as error:
            raise SnapshotDamaged(f"{path} is not a readable FAISS index; rebuild with `khabar index build`") from error

    def search(self, query: FloatArray, k: int, allowed: Mask | None = None) -> tuple[Rows, FloatArray]:
        """Return the best `k` rows and their scores, each of shape (min(k, matches),).

        `query` has shape (dim,) and is scaled to unit norm here. `allowed`, shape (n,), keeps only
        rows marked True, exactly: fewer than `k` come back only when no more exist.
        """
        query = unit(query)
        if query.shape != (self.dim,):
            raise ValueError(f"a query has shape ({self.dim},), not {query.shape}")
        if allowed is not None:
            return self._top(query, k, allowed, probe_all=True)
        rows, scores = self._top(query, k, None, probe_all=False)
        if len(rows) < min(k, self.size):
            # The probed lists are exhausted: everything else follows, in exact order.
            others = np.ones(self.size, dtype=np.bool_)
            others[rows] = False
            more_rows, more_scores = self._top(query, k - len(rows), others, probe_all=True)
            rows, scores = np.concatenate([rows, more_rows]), np.concatenate([scores, more_scores])
        return rows, scores

    def _top(self, query: FloatArray, k: int, allowed: Mask | None, *, probe_all: bool) -> tuple[Rows, FloatArray]:
        """Return the best `k` in the total order, reading past ties that straddle the end."""
        ask = k + 1
        while True:
            rows, scores = self._ask(query, min(ask, self.size), allowed, probe_all=probe_all)
            rounded = np.round(scores, _SCORE_DECIMALS)
            order = np.lexsort((rows, -rounded))
            rows, scores, rounded = rows[order], rounded[order], rounded[order]
            complete = len(rows) < ask or rounded[-1] < rounded[k - 1]
            if complete:
                return rows[:k], scores[:k]
            ask *= 2

    def _ask(self, query: FloatArray, k: int, allowed: Mask | None, *, probe_all: bool) -> tuple[Rows, FloatArray]:
        # Parameters go with each call: an index is shared by requests that run at the same time.
        parameters: dict[str, Any] = {}
        if allowed is not None:
            bitmap = np.packbits(allowed, bitorder="little")
            parameters["sel"] = faiss.IDSelectorBitmap(bitmap)
        if self.record.kind == "ivf":
            parameters["nprobe"] = self.record.n_lists if probe_all else self.record.n_probe
            scores, rows = self._index.search(query[None], k, params=faiss.SearchParametersIVF(**parameters))
        else:
            scores, rows = self._index.search(query[None], k, params=faiss.SearchParameters(**parameters))
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]


def limit_threads() -> None:
    """Let FAISS use one thread in the calling thread.

    Concurrency comes from requests. OpenMP keeps this setting per calling thread, so each thread
    of a pool has to call it.
    """
    faiss.omp_set_num_threads(1)


def _train_ivf(vectors: FloatArray) -> Any:
    n, dim = vectors.shape
    # FAISS's guidelines suggest 4 * sqrt(n) lists below a million vectors.
    n_lists = int(4 * np.sqrt(n))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dim), dim, n_lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = _KMEANS_SEED
    index.cp.spherical = True
    index.cp.max_points_per_centroid = _TRAINING_PER_LIST
    index.cp.min_points_per_centroid = 1
    index.train(vectors)
    index.add(vectors)
    return index


def tune_n_probe(index: Any, vectors: FloatArray, queries: FloatArray) -> int:
    """Return the least number of probed lists that reaches the recall target on `queries`."""
    if not len(queries):
        return int(index.nlist)
    return least_that_holds(
        lambda n_probe: _recall(index, vectors, queries, n_probe) >= RECALL_TARGET, int(index.nlist)
    )


def least_that_holds(holds: Callable[[int], bool], upper: int) -> int:
    """Return the least n in 1..upper for which `holds`, by bisection; `upper` is taken to hold."""
    low, high = 1, upper
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _recall(index: Any, vectors: FloatArray, queries: FloatArray, n_probe: int) -> float:
    """Return mean recall@10 of `index` against exact search on `queries`."""
    k = min(_RECALL_AT, len(vectors))
    _, true_rows = faiss.knn(queries, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
    _, found_rows = index.search(queries, k, params=faiss.SearchParametersIVF(nprobe=n_probe))
    found = [len(np.intersect1d(true, found)) for true, found in zip(true_rows, found_rows, strict=True)]
    return float(np.mean(found)) / k
