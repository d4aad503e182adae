"""Vectors of queries are cached by folded text and encoder, up to a number of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from indexer.snapshot.encoder.open import ServingEncoders
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from search_api.query_cache import QueryCache
from tests.fakes import SPEC, FakeEncoder


@dataclass
class CountingEncoder:
    """The fake encoder, keeping what it was given to encode."""

    texts: list[str] = field(default_factory=list)
    spec: EncoderSpec = SPEC

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        self.texts.extend(texts)
        return FakeEncoder().encode_queries(texts)


def counting(snapshot: Snapshot) -> tuple[Snapshot, list[str]]:
    encoder = CountingEncoder()
    return replace(snapshot, encoders=ServingEncoders(encoder)), encoder.texts


def test_same_query_is_encoded_once_and_answers_alike(snapshot: Snapshot) -> None:
    counted, texts = counting(snapshot)
    looks: list[bool] = []
    cache = QueryCache(10, looks.append)
    answers = [
        search(counted, Query(TextTarget("treaty with russia")), partial(cache.encode, counted)).hits for _ in range(3)
    ]
    assert answers[0] == answers[1] == answers[2] == search(snapshot, Query(TextTarget("treaty with russia"))).hits
    assert len(texts) == 1
    assert looks == [False, True, True]


def test_one_folded_text_is_one_query(snapshot: Snapshot) -> None:
    counted, texts = counting(snapshot)
    cache = QueryCache(10, lambda _: None)
    for text in ("زلزال", "زلـــزال", "زَلزال؟"):  # stretched; with a vowel and a question mark
        cache.encode(counted, text)
    assert len(texts) == 1


def test_another_encoder_never_gets_the_vectors_of_this_one(snapshot: Snapshot) -> None:
    counted, texts = counting(snapshot)
    cache = QueryCache(10, lambda _: None)
    cache.encode(counted, "canal")
    cache.encode(replace(counted, encoder_id="another"), "canal")
    assert len(texts) == 2


def test_the_longest_unused_goes_first(snapshot: Snapshot) -> None:
    counted, texts = counting(snapshot)
    cache = QueryCache(2, lambda _: None)
    for text in ("canal", "moon", "canal", "treaty", "canal"):  # "treaty" takes the place of "moon"
        cache.encode(counted, text)
    assert texts == ["canal", "moon", "treaty"]
    assert np.array_equal(cache.encode(counted, "moon"), counted.encoders.queries.encode_queries(["moon"])[0])
