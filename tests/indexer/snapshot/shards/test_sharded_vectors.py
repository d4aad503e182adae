"""Merging what shards have found: against one index over all vectors, and for any depth."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.index.lexical_writer import LexicalIndexWriter
from indexer.snapshot.index.multilingual_index import MultilingualIndex
from indexer.snapshot.index.record import ApproximateKind
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.snapshot.shards.division import Division
from indexer.snapshot.shards.requests import FoundRows, LocalShards
from indexer.snapshot.shards.shard import Shard
from indexer.snapshot.shards.sharded_vectors import ShardedVectorIndex, combined_record, merged
from tests.fakes import index_as

N, DIM = 600, 16


def vectors_with_ties() -> FloatArray:
    """Return vectors of which every third is that of its neighbour."""
    vectors = unit(np.random.default_rng(1).normal(size=(N, DIM)).astype(np.float32))
    vectors[2::3] = vectors[1::3]
    return vectors


VECTORS = vectors_with_ties()
SHARDS = np.random.default_rng(2).integers(0, 3, size=N).astype(np.uint16)
QUERIES = unit(np.random.default_rng(3).normal(size=(40, DIM)).astype(np.float32))
WHOLE = VectorIndex.exact(VECTORS)


def divided(kind: ApproximateKind | None = None) -> ShardedVectorIndex:
    """Return the vectors in three shards, and in a fourth one that has none."""
    parts = []
    for shard in range(4):
        own = VECTORS[shard == SHARDS]
        vectors = {}
        if len(own):
            vectors["en"] = VectorIndex.exact(own) if kind is None else index_as(kind, own, QUERIES)
        words = LexicalIndexWriter()
        for _ in own:
            words.add(None, "word")
        parts.append(Shard(vectors, words.finish(), np.full(len(own), "en")))
    records = {shard: parts[shard].vectors["en"].record for shard in range(3)}
    return ShardedVectorIndex("en", LocalShards(parts), Division(SHARDS, 4), records)


EXACT = divided()


@given(st.integers(0, len(QUERIES) - 1), st.integers(1, N + 5), st.none() | st.integers(0, 9))
def test_shards_find_what_one_index_finds(query: int, k: int, seed: int | None) -> None:
    allowed = None if seed is None else np.random.default_rng(seed).random(N) < 0.1 * seed
    rows, scores = EXACT.search(QUERIES[query], k, allowed)
    whole_rows, whole_scores = WHOLE.search(QUERIES[query], k, allowed)
    assert rows.tolist() == whole_rows.tolist()
    np.testing.assert_allclose(scores, whole_scores, atol=1e-6)
    assert np.array_equal(EXACT.cosines(rows[::-1], QUERIES[query]), WHOLE.cosines(rows[::-1], QUERIES[query]))


def test_vectors_are_those_of_one_index() -> None:
    assert np.array_equal(EXACT.vectors, WHOLE.vectors)
    assert EXACT.first_tier == EXACT.size == N
    assert MultilingualIndex({"en": EXACT}, np.full(N, "en")).records["en"].kind == "exact"


@pytest.mark.parametrize("kind", ["hnsw-sq8", "ivf-sq8"])
def test_with_approximate_indexes_pages_neither_repeat_nor_skip(kind: ApproximateKind) -> None:
    index = divided(kind)
    assert index.record.kind == kind
    assert index.first_tier < N
    for query in QUERIES[:10]:
        rows, _ = index.search(query, N)
        assert sorted(rows.tolist()) == list(range(N))
        for k in (1, 7, 60, 200, 599):
            assert index.search(query, k)[0].tolist() == rows[:k].tolist()


tiers = st.lists(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), max_size=4), max_size=3)


@given(st.lists(tiers, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_each_shard_keeps_its_own_order_at_any_depth(of_shards: list[list[list[float]]], rng: random.Random) -> None:
    numbers = list(range(sum(len(tier) for tiers in of_shards for tier in tiers)))
    rng.shuffle(numbers)
    unused = iter(numbers)
    found = []
    for of_shard in of_shards:  # each tier is in order, and may score higher than the one before
        pairs = [pair for tier in of_shard for pair in sorted((-score, next(unused)) for score in tier)]
        rows = np.array([row for _, row in pairs], dtype=np.int64)
        found.append(FoundRows(rows, np.array([-negative for negative, _ in pairs], dtype=np.float32)))
    whole = merged(found, len(numbers)).rows.tolist()
    assert sorted(whole) == sorted(numbers)
    for k in range(len(numbers) + 1):
        assert merged([FoundRows(rows[:k], values[:k]) for rows, values in found], k).rows.tolist() == whole[:k]
    for rows, _ in found:
        places = [whole.index(row) for row in rows.tolist()]
        assert places == sorted(places)


def test_a_record_for_people_is_that_of_the_largest_part() -> None:
    first, second = (divided("ivf-sq8")._shards._shards[n].vectors["en"].record for n in (0, 1))  # type: ignore[attr-defined]
    record = combined_record([first, second], [1, 3])
    assert record.search_parameter == second.search_parameter
    assert record.recall_at_10 == pytest.approx((first.recall_at_10 + 3 * second.recall_at_10) / 4, abs=1e-4)


def test_shards_without_the_vectors_that_they_should_have_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shards \[2\]"):
        ShardedVectorIndex("en", LocalShards([]), Division(SHARDS, 3), {0: WHOLE.record, 1: WHOLE.record})
