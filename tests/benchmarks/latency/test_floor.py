"""The floor and exact search on the fake store."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.latency.filters import NO_FILTER, FilterCondition
from benchmarks.latency.floor import (
    CurvePoint,
    curve,
    describe,
    encoder_throughput,
    exact_scores,
    exact_vectors,
    filter_columns,
    floor_round,
    recall,
)
from indexer.snapshot.encoder.open import ServingEncoders
from indexer.snapshot.encoder.query_encoder import FloatArray, QueryEncoder, unit
from indexer.snapshot.index.multilingual_index import MultilingualIndex
from indexer.snapshot.index.record import IndexMeasurement
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Mode, TextTarget
from indexer.snapshot.search.search import rank_paragraphs
from indexer.snapshot.search.understand import understand
from indexer.vectors.recall import RECALL_AT

TEXTS = ["the treaty with russia", "زلزال المغرب", "election"]


def test_exact_scores_are_those_of_the_service(snapshot: Snapshot) -> None:
    vectors = exact_vectors(snapshot)
    for text in TEXTS:
        query = understand(snapshot, TextTarget(text, "en"), mode=Mode.SEMANTIC)
        ranking = rank_paragraphs(snapshot, query, RECALL_AT)
        scores = exact_scores(snapshot, vectors, query)
        assert scores[ranking.rows] == pytest.approx(ranking.scores, abs=1e-5)


def test_vectors_come_back_in_order_of_row(snapshot: Snapshot) -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(100, 8)))
    languages = np.array(["ar", "en"] * 50)
    index = MultilingualIndex({name: VectorIndex.exact(vectors[languages == name]) for name in ("ar", "en")}, languages)
    found = exact_vectors(replace(snapshot, index=index))
    assert sorted(found) == ["ar", "en"]
    for language, some in found.items():
        assert np.allclose(some, vectors[languages == language])


def test_recall_of_an_exact_index_is_one_with_and_without_filters(snapshot: Snapshot) -> None:
    vectors = exact_vectors(snapshot)
    only_arabic = FilterCondition("language ar", 0.4, {"language": "ar"})
    assert recall(snapshot, vectors, TEXTS, NO_FILTER) == [1.0] * 3
    assert recall(snapshot, vectors, TEXTS, only_arabic) == [1.0] * 3


class SlowEncoder:
    """An encoder that takes 20 ms a call and counts its calls."""

    def __init__(self, encoder: QueryEncoder) -> None:
        self._encoder, self.spec = encoder, encoder.spec
        self.calls: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        self.calls += texts
        time.sleep(0.02)
        return self._encoder.encode_queries(texts)


def test_floor_times_encoder_and_index_of_every_query_apart(snapshot: Snapshot) -> None:
    slow = SlowEncoder(snapshot.encoders.queries)
    found = floor_round(replace(snapshot, encoders=ServingEncoders(slow)), TEXTS)
    assert slow.calls == TEXTS
    assert len(found.index_ms) == len(TEXTS)
    assert min(found.encode_ms) >= 20


def test_encoder_throughput_counts_the_queries_of_all_callers(snapshot: Snapshot) -> None:
    slow = SlowEncoder(snapshot.encoders.queries)
    found = encoder_throughput(replace(snapshot, encoders=ServingEncoders(slow)), TEXTS, seconds=0.1)
    assert found.queries == len(slow.calls) >= 2 * found.threads
    assert found.per_second == found.queries / found.seconds


def test_filter_columns_have_one_entry_for_each_paragraph(snapshot: Snapshot) -> None:
    found = filter_columns(snapshot)
    assert found.size == len(found.timestamps) == len(found.language) == describe(snapshot)["paragraphs"]
    assert int(np.count_nonzero(~found.has_date)) == 1


def test_curve_is_read_from_the_manifest(snapshot: Snapshot) -> None:
    assert curve(snapshot) == []
    measured = IndexMeasurement("ivf-sq8", 4, 0.97, 0.2, 400.0)
    record = replace(snapshot.manifest.index["en"], curve=(measured,))
    manifest = replace(snapshot.manifest, index={**snapshot.manifest.index, "en": record})
    assert curve(replace(snapshot, manifest=manifest)) == [CurvePoint("en", "ivf-sq8", 4, 0.97, 0.2)]
