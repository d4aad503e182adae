"""What the choice of an index relies on for every kind."""

from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from indexer.snapshot.encoder.query_encoder import unit
from indexer.snapshot.index.kinds import SEARCH_SETTINGS
from indexer.snapshot.index.record import ApproximateKind, IndexRecord
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.vectors.kinds import BUILDERS

KINDS: tuple[ApproximateKind, ...] = tuple(BUILDERS)


def test_every_kind_can_be_built_and_searched() -> None:
    assert set(KINDS) == set(SEARCH_SETTINGS) == set(get_args(ApproximateKind))


@pytest.mark.parametrize(("kind", "first"), [("ivf-pq4", 1), ("ivf-sq8", 31), ("hnsw-sq8", 48)])
def test_search_parameters_rise_by_a_third_to_the_largest(kind: ApproximateKind, first: int) -> None:
    last = {"ivf-pq4": 3, "ivf-sq8": 1_000, "hnsw-sq8": 2_048}[kind]
    grid = list(BUILDERS[kind].grid(last))
    assert (grid[0], grid[-1]) == (first, last)
    assert all(1 < after / before <= 2 for before, after in pairwise(grid))
    assert all(after <= before * 4 / 3 + 1 for before, after in pairwise(grid))


@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_search_parameter_finds_the_nearest(kind: ApproximateKind) -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(2_000, 16)))
    structure = BUILDERS[kind].build(vectors)
    index = VectorIndex.exact(vectors).with_approximate(structure, IndexRecord.unmeasured(kind, 200))
    settings = SEARCH_SETTINGS[kind]
    _, rows = structure.search(vectors[:50], 5, params=settings.for_search(index.max_search_parameter, 5, None))
    assert np.mean([row in found for row, found in enumerate(rows)]) >= 0.98
