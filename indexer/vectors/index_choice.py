"""Choosing the index of a corpus: kinds are built on its own vectors and measured with its own queries.

The fastest kind wins, of those that reach a recall@10 of 0.98 and fit into the memory budget. A kind that is simpler to
build wins unless another is faster by a fifth, so that noise of the machine does not change the choice from night to
night. As soon as one kind answers within half a millisecond, a tenth of what encoding takes, no other is tried.

Queries are at some distance from the paragraphs that answer them, so the lists nearest to a query hold few of its
answers: a third or more of all lists have to be read. This is why product codes are tried first. They are scanned so
fast that all lists of a hundred thousand paragraphs can be read.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.index.record import ApproximateKind, IndexMeasurement, IndexRecord
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.vectors.kinds import BUILDERS, faiss_threads
from indexer.vectors.recall import RecallSample
from indexer.vectors.tuning import build_tuned, complete_record

EXACT_UP_TO = 10_000
"""Corpora of at most this many paragraphs are scanned whole: about a millisecond at 384 dimensions."""

RECALL_TARGET = 0.98
"""Least recall@10 of an index that may be chosen for its speed."""

_MIN_QUERIES = 40
_MAX_QUERIES = 200
_FASTER_BY_A_FIFTH = 0.8
_FAST_ENOUGH_MS = 0.5


def choose_index(
    exact: VectorIndex,
    queries: FloatArray,
    *,
    budget_bytes: int | None = None,
    exact_up_to: int = EXACT_UP_TO,
    kinds: Sequence[ApproximateKind] = tuple(BUILDERS),
) -> VectorIndex:
    """Index the vectors of an `exact` index with the kind that serves `queries`, shape (n_queries, dim), best.

    Queries are scaled to unit norm here. Every second one chooses; the recall of the record is measured on the others.
    Up to `exact_up_to` vectors, or with fewer than 40 queries, the index is exact. `budget_bytes` limits the memory of
    the index; if no kind with enough recall fits, the smallest of all is taken.
    """
    queries = unit(queries)
    if exact.size <= exact_up_to or len(queries) < _MIN_QUERIES:
        return exact
    budget = None if budget_bytes is None else budget_bytes / exact.size
    with faiss_threads(1):  # as in serving; and a graph is built the same each time on one thread only
        tuning, held_out = (evenly_spaced(half, _MAX_QUERIES) for half in (queries[::2], queries[1::2]))
        sample = RecallSample.of(exact, tuning)
        scan = IndexMeasurement("exact", 0, 1.0, round(sample.median_ms(exact), 4), 4.0 * exact.dim)
        curve = [scan]
        tried = [(exact, scan)]
        for kind in kinds:
            if exact.dim % BUILDERS[kind].dim_multiple:
                continue
            index, measurements = build_tuned(kind, exact, sample)
            curve += measurements
            tried.append((index, measurements[-1]))
            if _best(tried, budget)[1].ms_per_query <= _FAST_ENOUGH_MS:
                break
        chosen, _ = _best(tried, budget)
        if chosen is exact:
            return exact.with_record(IndexRecord.exact(tuple(curve)))
        return complete_record(chosen, exact, tuning, held_out, tuple(curve))


def build_indexes(
    vectors: FloatArray,
    languages: npt.NDArray[np.str_],
    queries: FloatArray,
    *,
    budget_bytes: int | None = None,
    exact_up_to: int = EXACT_UP_TO,
) -> dict[str, VectorIndex]:
    """Index neutral `vectors`, shape (n, dim), of `languages`, shape (n,): return one index for each language.

    The arguments are those of `choose_index`; each language gets a share of the budget in proportion
    to its number of paragraphs.
    """
    indexes = {}
    for language in sorted(set(languages.tolist())):
        exact = VectorIndex.exact(vectors, np.flatnonzero(languages == language))
        share = None if budget_bytes is None else budget_bytes * exact.size // len(vectors)
        indexes[language] = choose_index(exact, queries, budget_bytes=share, exact_up_to=exact_up_to)
    return indexes


def _best(
    tried: Sequence[tuple[VectorIndex, IndexMeasurement]], budget: float | None
) -> tuple[VectorIndex, IndexMeasurement]:
    """Return the choice (see the module) of indexes in the order of trying; `budget` is bytes a vector."""
    good = [entry for entry in tried if entry[1].recall_at_10 >= RECALL_TARGET]
    fitting = [entry for entry in good if budget is None or entry[1].bytes_per_vector <= budget]
    if not fitting:
        return min(tried, key=lambda entry: entry[1].bytes_per_vector)
    best = fitting[0]
    for entry in fitting[1:]:
        if entry[1].ms_per_query < _FASTER_BY_A_FIFTH * best[1].ms_per_query:
            best = entry
    return best
