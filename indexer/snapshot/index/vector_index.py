"""Nearest paragraphs by inner product of unit vectors, behind one small class.

All use of FAISS while searching is here and in `kinds.py`: its dtype, unit norm, selectors and missing ids (-1).

Results have one total order, whatever number of them is requested, so no page repeats or skips what another page shows.
An exact search orders by score, which has six decimals, best first, then by row. With an approximate index the order
has three tiers: the candidates that it finds with its usual search parameter, then those that it adds with a larger
one, then all other rows. Each tier is scored with the full vectors and ordered as in an exact search. A row of a later
tier can have a higher score than one of an earlier tier: such rows are why recall can be below 1.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.errors import EncoderMismatch, SnapshotDamaged
from indexer.snapshot.index.kinds import SEARCH_SETTINGS, SearchSettings
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.layout import IndexLayout, ShardLayout
from indexer.snapshot.python_turn import native_code

Rows = npt.NDArray[np.int64]
"""Row numbers, shape (n,)."""

Mask = npt.NDArray[np.bool_]
"""True for each row that a filter keeps, shape (n,)."""

DEEP_CANDIDATES = 1_024
"""Size of the second tier: ten pages of a hundred hits."""

DEEP_PARAMETER_FACTOR = 4
"""The search parameter of the second tier, as a multiple of the usual one."""

SCORE_DECIMALS = 6
"""Decimals of all scores of an index."""

_SUM_ERROR = 1e-5
"""More than two sums of the products of unit vectors differ by, if they are added up in another order.

Each is off by at most n u, with n additions one after the other and u = 2^-24 (Higham, "Accuracy and Stability of
Numerical Algorithms", 3.1); SIMD kernels add up eight components or more at a time, so n is 48 for 384 of them.
"""

_READ_BEYOND = 8
"""Rows that FAISS finds beyond those that are wanted: ties and near-ties with the last one belong to the order."""

_LONG_SEARCH = 10_000
"""Vectors of an index that takes a millisecond to search, so that other threads should go on meanwhile."""

_VECTORS_AT_A_TIME = 8_192
"""Vectors that are copied together: an article may have more paragraphs than memory is for."""

# The page cache holds the mapped files, once for all processes that serve the same version.
_MAPPED = faiss.IO_FLAG_MMAP_IFC


class VectorIndex:
    """Index over vectors of shape (n, dim), float32, unit norm; row n is vector n.

    `record.kind` is "exact" where a search compares the query with every vector; otherwise it names
    the approximate index that finds candidates first.
    """

    def __init__(self, flat: Any, approximate: Any | None, record: IndexRecord) -> None:
        """Take a flat FAISS index of all vectors, and an approximate one of the record's kind (None for "exact")."""
        self._flat = flat
        self._approximate = approximate
        self._settings = None if record.kind == "exact" else SEARCH_SETTINGS[record.kind]
        # A view, not a copy: it shows the memory that the flat index holds or maps.
        self._matrix: FloatArray = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).reshape(-1, flat.d)
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
    def max_search_parameter(self) -> int:
        """The largest search parameter worth using; 0 for an exact search."""
        return 0 if self._settings is None else self._settings.max_parameter(self._approximate)

    @property
    def first_tier(self) -> int:
        """How many rows are in order without searching a second tier, if no filter leaves fewer."""
        return self.size if self._settings is None else self.record.candidates

    @property
    def vectors(self) -> FloatArray:
        """All vectors, shape (n, dim), float32, unit norm; read-only, valid as long as this index exists."""
        return self._matrix

    @classmethod
    def exact(cls, vectors: FloatArray, rows: Rows | None = None) -> "VectorIndex":
        """Return an exact index of those of `vectors`, shape (n, dim), that are at `rows`, by default of all.

        They are scaled to unit norm here. The index has its own copy of them.
        """
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(unit(vectors if rows is None else vectors[rows]))
        return cls(flat, None, IndexRecord.exact())

    def with_approximate(self, approximate: Any, record: IndexRecord) -> "VectorIndex":
        """Return an index over the same vectors that finds candidates with `approximate`, of the record's kind."""
        return VectorIndex(self._flat, approximate, record)

    def with_record(self, record: IndexRecord) -> "VectorIndex":
        """Return the same index with another record of the same kind."""
        return VectorIndex(self._flat, self._approximate, record)

    def save(self, layout: IndexLayout) -> list[Path]:
        """Write the index to its folder and return the files.

        Raises:
            OSError: it cannot be written.
        """
        layout.root.mkdir(parents=True, exist_ok=True)
        indexes = {layout.vectors: self._flat}
        if self._approximate is not None:
            indexes[layout.approximate] = self._approximate
        for path, index in indexes.items():
            try:
                faiss.write_index(index, str(path))
            except RuntimeError as error:  # the only error that FAISS raises, for a full disk as well
                raise OSError(f"{path} cannot be written: {error}") from error
        return list(indexes)

    @classmethod
    def open(cls, layout: IndexLayout, record: IndexRecord) -> "VectorIndex":
        """Map an index that `save` wrote into memory.

        Raises:
            SnapshotDamaged: a file is not a FAISS index.
        """
        approximate = None if record.kind == "exact" else _read(layout.approximate)
        return cls(_read(layout.vectors), approximate, record)

    def cosines(self, rows: npt.NDArray[np.integer[Any]], vector: FloatArray) -> FloatArray:
        """Return the cosines of some vectors with one of unit norm, shape (n,); they are the scores of a search.

        They are rounded, and each is computed by itself: the sums of a product of matrices would depend on what else is
        asked for. FAISS adds up in another order, so what it finds is scored here too: a vector has one score.
        """
        starts = range(0, max(1, len(rows)), _VECTORS_AT_A_TIME)
        parts = (rows[start : start + _VECTORS_AT_A_TIME] for start in starts)
        cosines: FloatArray = np.concatenate([np.vecdot(self._matrix[part], vector) for part in parts])
        return np.round(cosines, SCORE_DECIMALS)

    def search(self, query: FloatArray, k: int, allowed: Mask | None = None) -> tuple[Rows, FloatArray]:
        """Return the best `k` rows and their scores, each of shape (min(k, matches),).

        `query` has shape (dim,) and is scaled to unit norm here. `allowed`, shape (n,), keeps only
        rows marked True, exactly: fewer than `k` are returned only if no more exist.
        """
        query = unit(query)
        if query.shape != (self.dim,):
            raise ValueError(f"a query has shape ({self.dim},), not {query.shape}")
        n_allowed = self.size if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, n_allowed)
        settings = self._settings
        if settings is None or n_allowed <= self.record.exact_up_to:
            return self._search_exactly(query, k, allowed)
        rows, scores = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        for tier in self._tiers(settings, query, allowed, n_allowed):
            new = np.setdiff1d(tier, rows, assume_unique=True) if len(rows) else tier
            new_rows, new_scores = self._sorted_by_score(new, query)
            rows, scores = np.concatenate([rows, new_rows]), np.concatenate([scores, new_scores])
            if len(rows) >= k:
                return rows[:k], scores[:k]
        rest = np.ones(self.size, dtype=np.bool_) if allowed is None else allowed.copy()
        rest[rows] = False
        other_rows, other_scores = self._search_exactly(query, k - len(rows), rest)
        return np.concatenate([rows, other_rows]), np.concatenate([scores, other_scores])

    def _tiers(
        self, settings: SearchSettings, query: FloatArray, allowed: Mask | None, n_allowed: int
    ) -> Iterator[Rows]:
        """Yield the rows of each approximate tier, unordered; a later tier repeats rows of an earlier one."""
        # Settings go with each call: requests that run at the same time share the index.
        approximate: Any = self._approximate
        parameter, selector = self.record.parameter_for(n_allowed / self.size), _selector(allowed)
        for candidates, factor in ((self.record.candidates, 1), (DEEP_CANDIDATES, DEEP_PARAMETER_FACTOR)):
            n = min(candidates, n_allowed)
            params = settings.for_search(parameter * factor, n, selector)
            with self._comparing():
                _, rows = approximate.search(query[None], n, params=params)
            yield rows[0][rows[0] >= 0]

    def _search_exactly(self, query: FloatArray, k: int, allowed: Mask | None) -> tuple[Rows, FloatArray]:
        """Return the exact best `k`; more are read where rows that FAISS has not named may belong to them."""
        settings = None if allowed is None else faiss.SearchParameters(sel=_selector(allowed))
        n_read = k + _READ_BEYOND
        while True:
            with self._comparing():
                (sums,), (nearest,) = self._flat.search(query[None], min(n_read, self.size), params=settings)
            n_found = int(np.count_nonzero(nearest >= 0))  # missing ids come last
            rows, scores = self._sorted_by_score(nearest[:n_found], query)
            if n_found < n_read or sums[n_found - 1] < scores[k - 1] - _SUM_ERROR:
                return rows[:k], scores[:k]
            n_read *= 2

    def _sorted_by_score(self, rows: Rows, query: FloatArray) -> tuple[Rows, FloatArray]:
        """Return rows and their scores, best score first, rows of one score by number."""
        scores = self.cosines(rows, query)
        if (scores[1:] < scores[:-1]).all():  # as an exact search gives them, mostly
            return rows, scores
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _comparing(self) -> AbstractContextManager[None]:
        """Return the block in which FAISS compares a query with vectors."""
        return native_code() if self.size >= _LONG_SEARCH else nullcontext()


def save_vectors(indexes: Mapping[str, VectorIndex], layout: ShardLayout) -> list[Path]:
    """Write the index of each language of a version, or of a shard, and return the files.

    Raises:
        OSError: one cannot be written.
    """
    return [path for name, index in indexes.items() for path in index.save(layout.index(name))]


def open_vectors(layout: ShardLayout, records: Mapping[str, IndexRecord], dim: int) -> dict[str, VectorIndex]:
    """Map the index of each language of a version, or of a shard, into memory.

    Raises:
        SnapshotDamaged: a file is not a FAISS index.
        EncoderMismatch: its vectors do not have the `dim` components of the encoder's.
    """
    indexes = {name: VectorIndex.open(layout.index(name), record) for name, record in records.items()}
    dims = {index.dim for index in indexes.values()}
    if not dims <= {dim}:
        raise EncoderMismatch(f"{layout.root} has vectors of {dims} dimensions, its encoder {dim}; rebuild the index")
    return indexes


def _selector(allowed: Mask | None) -> Any | None:
    return None if allowed is None else faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


def _read(path: Path) -> Any:
    try:
        return faiss.read_index(str(path), _MAPPED)
    except RuntimeError as error:
        raise SnapshotDamaged(f"{path} is not a readable FAISS index; rebuild with `khabar index build`") from error


def limit_threads() -> None:
    """Let FAISS use one thread in the calling thread.

    Requests run at the same time, so one thread each is enough. OpenMP keeps this setting per calling
    thread, so each thread of a pool has to call this.
    """
    faiss.omp_set_num_threads(1)


def usable_cores() -> int:
    """Return how many cores this process may use, which is fewer than the machine has where it is bound to some."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
