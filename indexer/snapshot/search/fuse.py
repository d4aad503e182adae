"""Stage 5: candidates of all languages on one scale of scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.snapshot.index.vector_index import Rows
from indexer.snapshot.search.candidates import Candidates

_NO_ROWS: Rows = np.empty(0, dtype=np.int64)
_NO_SCORES: npt.NDArray[np.float64] = np.empty(0)

Scale = Callable[[str], float]
"""Passage language to the factor that its cosines are multiplied by, above 0."""


@dataclass(frozen=True, slots=True)
class ScoredCandidates:
    """Candidates of all languages, in no order; every array has shape (n,).

    `scores` are scaled cosines. `sort_keys` are the scores that decide the order between languages:
    they never rise within a language. `places` count from 0 within each language.
    """

    rows: Rows
    scores: npt.NDArray[np.float64]
    sort_keys: npt.NDArray[np.float64]
    places: Rows


def fuse(candidates: Sequence[Candidates], scale: Scale) -> ScoredCandidates:
    """Return all candidates with their scaled scores."""
    # In double precision: scaling must not make scores equal that were not.
    scores = [each.cosines.astype(np.float64) * scale(each.language) for each in candidates]
    return ScoredCandidates(
        rows=np.concatenate([_NO_ROWS, *(each.rows for each in candidates)]),
        scores=np.concatenate([_NO_SCORES, *scores]),
        # A paragraph that an approximate index finds late may score higher, and must still come late.
        sort_keys=np.concatenate([_NO_SCORES, *(np.minimum.accumulate(each) for each in scores)]),
        places=np.concatenate([_NO_ROWS, *(np.arange(len(each)) for each in scores)]),
    )
