"""Stage 6: one order over the candidates of all languages."""

from dataclasses import dataclass

import numpy as np

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.vector_index import Rows
from indexer.snapshot.search.fuse import ScoredCandidates


@dataclass(frozen=True, slots=True)
class Ranking:
    """Paragraph `rows` and `scores`, each of shape (n,), best first."""

    rows: Rows
    scores: FloatArray


def order(candidates: ScoredCandidates, k: int) -> Ranking:
    """Return the best `k` candidates.

    The order is total whatever `k` is: each language keeps the order of its own index, and of two
    languages the one with the better score comes first; languages with equal scores take turns.
    """
    best = np.lexsort((candidates.rows, candidates.places, -candidates.sort_keys))[:k]
    return Ranking(candidates.rows[best], candidates.scores[best].astype(np.float32))
