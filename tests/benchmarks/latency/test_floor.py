"""The floor and exact search, on the fake store."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from benchmarks.latency.filters import NOTHING, Condition
from benchmarks.latency.floor import (
    CurvePoint,
    K,
    curve,
    describe,
    encoder_throughput,
    exact_scores,
    exact_vectors,
    filter_columns,
    floor_round,
    recall,
    share_of_best,
)
from indexer.snapshot.encoder.query_encoder import unit
from indexer.snapshot.index.multilingual_index import MultilingualIndex
from indexer.snapshot.index.record import IndexMeasurement
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import TextTarget
from indexer.snapshot.search.search import encode_text, rank_paragraphs
from indexer.snapshot.search.understand import understand

TEXTS = ["the treaty with russia", "زلزال المغرب", "election"]


def test_share_of_best_counts_rows_that_are_among_the_true_best() -> None:
    scores = np.array([0.1, 0.9, 0.8, 0.7, 0.2])
    assert share_of_best(np.array([1, 2, 3]), scores, k=3) == 1.0
    assert share_of_best(np.array([1, 4, 0]), scores, k=3) == pytest.approx(1 / 3)
    assert share_of_best(np.array([1]), scores, k=3) == pytest.approx(1 / 3)


def test_any_of_several_rows_with_one_score_will_do() -> None:
    scores = np.array([0.5, 0.5, 0.5, 0.1])
    assert share_of_best(np.array([2, 0]), scores, k=2) == 1.0


def test_rows_that_are_not_allowed_never_count_and_few_matches_are_enough() -> None:
    scores, allowed = np.array([0.9, 0.8, 0.1]), np.array([False, False, True])
    assert share_of_best(np.array([2]), scores, allowed, k=2) == 1.0
    assert share_of_best(np.array([0]), scores, allowed, k=2) == 0.0
    assert share_of_best(np.array([], dtype=np.int64), scores, np.zeros(3, dtype=np.bool_), k=2) == 1.0


def test_exact_scores_are_those_of_the_service(snapshot: Snapshot) -> None:
    vectors = exact_vectors(snapshot)
    for text in TEXTS:
        query = understand(TextTarget(text, "en"), snapshot.neutral, partial(encode_text, snapshot))
        ranking = rank_paragraphs(snapshot, query, K)
        scores = exact_scores(snapshot, vectors, query.vector, "en")
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
    only_arabic = Condition("language ar", 0.4, {"language": "ar"})
    assert recall(snapshot, vectors, TEXTS, NOTHING) == [1.0] * 3
    assert recall(snapshot, vectors, TEXTS, only_arabic) == [1.0] * 3


def test_floor_has_a_time_for_every_query(snapshot: Snapshot) -> None:
    found = floor_round(snapshot, TEXTS)
    assert len(found.encode_ms) == len(found.index_ms) == len(TEXTS)


def test_encoder_throughput_counts_queries(snapshot: Snapshot) -> None:
    found = encoder_throughput(snapshot, TEXTS, seconds=0.05)
    assert found.queries >= found.threads
    assert found.seconds >= 0.05


def test_filter_columns_have_one_entry_for_each_paragraph(snapshot: Snapshot) -> None:
    found = filter_columns(snapshot)
    assert found.size == len(found.timestamps) == len(found.language) == describe(snapshot)["paragraphs"]
    assert int(np.count_nonzero(~found.has_date)) == 1


def test_curve_is_what_the_manifest_holds(snapshot: Snapshot) -> None:
    assert curve(snapshot) == []
    measured = IndexMeasurement("ivf-sq8", 4, 0.97, 0.2, 400.0)
    record = replace(snapshot.manifest.index["en"], curve=(measured,))
    manifest = replace(snapshot.manifest, index={**snapshot.manifest.index, "en": record})
    assert curve(replace(snapshot, manifest=manifest)) == [CurvePoint("en", "ivf-sq8", 4, 0.97, 0.2)]
