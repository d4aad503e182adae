"""Recall@k: the share of the k nearest paragraphs that a search finds. The only definition in this project.

A row counts as found when its exact score reaches that of the k-th best row: which of several rows
with one score comes first does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter

import faiss
import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.vector_index import Mask, Rows, VectorIndex

RECALL_AT = 10

SAME_SCORE = 1e-5
"""Scores that differ by at most this much count as equal: more than rounding in float32, less than matters."""

Scores = npt.NDArray[np.floating]


def recall_of_rows(rows: Rows, scores: Scores, k: int = RECALL_AT, allowed: Mask | None = None) -> float:
    """Return the recall@k of one search, 0 to 1, from the exact score of every row.

    `rows` are those that the search has found, best first; those after the first `k` do not count. `scores`, shape
    (n,), are the exact scores of all rows. `allowed`, shape (n,), marks the rows that pass a filter (None: all): no
    other row counts. If fewer than `k` rows are allowed, `k` is their number; if no row is allowed, the recall is 1.
    """
    scores = scores if allowed is None else np.where(allowed, scores, -np.inf)
    k = min(k, int(np.count_nonzero(scores > -np.inf)))
    return recall_of_scores(scores[rows], float(np.partition(scores, -k)[-k]), k) if k else 1.0


def recall_of_scores(found_scores: Scores, kth_best: float, k: int = RECALL_AT) -> float:
    """Return the recall@k of one search, 0 to 1, where the score of the `k`-th best row is known.

    `found_scores` are the exact scores of the rows that the search has found, best first, all of them allowed.
    """
    return float(np.count_nonzero(found_scores[:k] >= kth_best - SAME_SCORE)) / k


@dataclass(frozen=True, slots=True)
class RecallSample:
    """Searches with known results.

    `queries`, shape (n, dim), are neutral and of unit norm. Query n is searched with mask n of `masks`
    (None: no filter), modulo their number. `kth_best`, shape (n,), is the exact score of the k-th best
    row of each search; `k` is ten, or the number of rows if there are fewer.
    """

    queries: FloatArray
    masks: Sequence[Mask | None]
    kth_best: FloatArray
    k: int

    @classmethod
    def of(cls, exact: VectorIndex, queries: FloatArray, masks: Sequence[Mask] = ()) -> "RecallSample":
        """Return the sample of `queries`; all `masks` keep the same number of rows, at least one."""
        k = min(RECALL_AT, int(np.count_nonzero(masks[0])) if masks else exact.size)
        if not masks:  # all queries at once, which is faster
            scores, _ = faiss.knn(queries, exact.vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
            return cls(queries, (None,), scores[:, -1], k)
        searches = (exact.search(query, k, masks[place % len(masks)]) for place, query in enumerate(queries))
        return cls(queries, masks, np.array([scores[-1] for _, scores in searches], dtype=np.float32), k)

    def search(self, index: VectorIndex, place: int) -> FloatArray:
        """Return the scores that an index finds for query `place`, shape (k,), best first."""
        return index.search(self.queries[place], self.k, self.masks[place % len(self.masks)])[1]

    def recall(self, index: VectorIndex) -> float:
        """Return the mean recall of an index, 0 to 1."""
        places = range(len(self.queries))
        return float(np.mean([recall_of_scores(self.search(index, n), self.kth_best[n], self.k) for n in places]))

    def median_ms(self, index: VectorIndex) -> float:
        """Return the median milliseconds of a search in an index, on as many threads as FAISS is set to use."""
        times_s = [perf_counter()]
        for place in range(len(self.queries)):
            self.search(index, place)
            times_s.append(perf_counter())
        return float(np.median([1000 * (end - start) for start, end in pairwise(times_s)]))
