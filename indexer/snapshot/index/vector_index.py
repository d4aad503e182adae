"""Nearest paragraphs by inner product of unit vectors, behind one small class.

FAISS, its dtype, unit norm, selectors and missing ids (-1) are dealt with here and nowhere else.

Results come in one total order, whatever number of them is asked for, so a page never repeats or
skips what another page showed. An exact search orders by score rounded to six decimals, best
first, then by row. Where an approximate index stands before the vectors, the order is made of
tiers: the candidates it finds at its usual effort, then those it adds at a greater effort, then
everything else; each tier is scored with the full vectors and ordered as in an exact search. A
later tier can hold a higher score than an earlier one: that is what recall below 1 means.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import faiss
import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.layout import IndexLayout

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
ApproximateKind = Literal["hnsw-sq8", "ivf-sq8", "ivf-pq4"]

DEEP_CANDIDATES = 1_024
"""Size of the second tier: ten pages of a hundred hits."""

DEEP_EFFORT = 4
"""How many times the usual effort the second tier takes."""

_SCORE_DECIMALS = 6
_MOST_GRAPH_EFFORT = 2_048

# The page cache holds what is searched, once for all processes that serve the same version.
_MAPPED = faiss.IO_FLAG_MMAP_IFC


class VectorIndex:
    """Index over vectors of shape (n, dim), float32, unit norm; row n is vector n.

    `record.kind` is "exact", which compares a query with every vector, or names what stands
    before the vectors: "hnsw-sq8" (graph over 8-bit vectors), "ivf-sq8" (inverted lists of 8-bit
    vectors) or "ivf-pq4" (inverted lists of 4-bit product codes).
    """

    def __init__(self, vectors: Any, approximate: Any | None, record: IndexRecord) -> None:
        """Take a flat FAISS index of all vectors, and one of the record's kind or None for "exact"."""
        self._flat = vectors
        self._approximate = approximate
        # A view, not a copy: it lives in what the flat index holds or maps.
        self._matrix: FloatArray = faiss.rev_swig_ptr(vectors.get_xb(), vectors.ntotal * vectors.d).reshape(
            -1, vectors.d
        )
        self.record = record

    @property
    def size(self) -> int:
        """Number of vectors."""
        return int(self._flat.ntotal)

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return int(self._flat.d)

    @property
    def most_effort(self) -> int:
        """The greatest effort that makes a difference: all lists, or a search through much of a graph."""
        return _MOST_GRAPH_EFFORT if self.record.kind == "hnsw-sq8" else int(getattr(self._approximate, "nlist", 0))

    @property
    def vectors(self) -> FloatArray:
        """All vectors, shape (n, dim), float32, unit norm; read-only, and only there while this index is."""
        return self._matrix

    @classmethod
    def exact(cls, vectors: FloatArray) -> "VectorIndex":
        """Return an index that scans `vectors`, shape (n, dim), which are scaled to unit norm here."""
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(unit(vectors))
        return cls(flat, None, IndexRecord.exact())

    def behind(self, approximate: Any, record: IndexRecord) -> "VectorIndex":
        """Return an index over the same vectors that finds candidates by `approximate`, of the record's kind."""
        return VectorIndex(self._flat, approximate, record)

    def recorded(self, record: IndexRecord) -> "VectorIndex":
        """Return the same index with another record."""
        return VectorIndex(self._flat, self._approximate, record)

    def save(self, layout: IndexLayout) -> list[Path]:
        """Write the index to its folder and return the files.

        Raises:
            OSError: it cannot be written.
        """
        layout.root.mkdir(parents=True, exist_ok=True)
        parts = {layout.vectors: self._flat, layout.approximate: self._approximate}
        written = []
        for path, part in parts.items():
            if part is None:
                continue
            try:
                faiss.write_index(part, str(path))
            except RuntimeError as error:  # FAISS has no other error, for want of disk or else
                raise OSError(f"{path} cannot be written: {error}") from error
            written.append(path)
        return written

    @classmethod
    def open(cls, layout: IndexLayout, record: IndexRecord) -> "VectorIndex":
        """Map an index that `save` wrote into memory.

        Raises:
            SnapshotDamaged: a file is not a FAISS index.
        """
        approximate = None if record.kind == "exact" else _read(layout.approximate)
        return cls(_read(layout.vectors), approximate, record)

    def search(self, query: FloatArray, k: int, allowed: Mask | None = None) -> tuple[Rows, FloatArray]:
        """Return the best `k` rows and their scores, each of shape (min(k, matches),).

        `query` has shape (dim,) and is scaled to unit norm here. `allowed`, shape (n,), keeps only
        rows marked True, exactly: fewer than `k` come back only when no more exist.
        """
        query = unit(query)
        if query.shape != (self.dim,):
            raise ValueError(f"a query has shape ({self.dim},), not {query.shape}")
        n_allowed = self.size if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, n_allowed)
        if self._approximate is None or n_allowed <= self.record.exact_up_to:
            return self._scan(query, k, allowed)
        rows, scores = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        for tier in self._tiers(query, allowed, n_allowed):
            new = np.setdiff1d(tier, rows, assume_unique=True) if len(rows) else tier
            ordered, of_new = _ordered(new, self._matrix[new] @ query)
            rows, scores = np.concatenate([rows, ordered]), np.concatenate([scores, of_new])
            if len(rows) >= k:
                return rows[:k], scores[:k]
        rest = np.ones(self.size, dtype=np.bool_) if allowed is None else allowed.copy()
        rest[rows] = False
        more, of_more = self._scan(query, k - len(rows), rest)
        return np.concatenate([rows, more]), np.concatenate([scores, of_more])

    def _tiers(self, query: FloatArray, allowed: Mask | None, n_allowed: int) -> Iterator[Rows]:
        """Yield the rows of each approximate tier; a later one repeats rows of an earlier one."""
        effort = self.record.parameter_for(n_allowed / self.size)
        selector = None if allowed is None else faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        for candidates, times in ((self.record.candidates, 1), (DEEP_CANDIDATES, DEEP_EFFORT)):
            yield self._candidates(query, min(candidates, n_allowed), effort * times, selector)

    def _candidates(self, query: FloatArray, n: int, effort: int, selector: Any | None) -> Rows:
        """Return up to `n` rows from the approximate index, in no order."""
        # Parameters go with each call: an index is shared by requests that run at the same time.
        parameters: Any = (
            faiss.SearchParametersHNSW(efSearch=max(effort, n), sel=selector)
            if self.record.kind == "hnsw-sq8"
            else faiss.SearchParametersIVF(nprobe=effort, sel=selector)
        )
        approximate: Any = self._approximate
        _, rows = approximate.search(query[None], n, params=parameters)
        found: Rows = rows[0][rows[0] >= 0]
        return found

    def _scan(self, query: FloatArray, k: int, allowed: Mask | None) -> tuple[Rows, FloatArray]:
        """Return the exact best `k`, reading past ties that straddle the end."""
        selector = None if allowed is None else faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        ask = k + 1
        while True:
            cosines, found = self._flat.search(
                query[None], min(ask, self.size), params=faiss.SearchParameters(sel=selector)
            )
            present = found[0] >= 0
            rows, scores = _ordered(found[0][present], cosines[0][present])
            complete = len(rows) < ask or scores[-1] < scores[k - 1]
            if complete:
                return rows[:k], scores[:k]
            ask *= 2


def _ordered(rows: Rows, cosines: FloatArray) -> tuple[Rows, FloatArray]:
    """Return rows and rounded scores by falling score, equal ones by row."""
    rounded = np.round(cosines, _SCORE_DECIMALS)
    order = np.lexsort((rows, -rounded))
    return rows[order], rounded[order]


def _read(path: Path) -> Any:
    try:
        return faiss.read_index(str(path), _MAPPED)
    except RuntimeError as error:
        raise SnapshotDamaged(f"{path} is not a readable FAISS index; rebuild with `khabar index build`") from error


def limit_threads() -> None:
    """Let FAISS use one thread in the calling thread.

    Concurrency comes from requests. OpenMP keeps this setting per calling thread, so each thread
    of a pool has to call it.
    """
    faiss.omp_set_num_threads(1)
