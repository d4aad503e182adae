from collections.abc import Sequence
from pathlib import Path

import numpy as np

from indexer.embedding.cache import text_key
from indexer.embedding.query_vectors import CachedQueryEncoder
from indexer.snapshot.encoder.query_encoder import FloatArray
from tests.fakes import SPEC, FakeEncoder


class CountingEncoder:
    """Remembers how often it was opened, and the texts that it encoded."""

    spec = SPEC

    def __init__(self) -> None:
        self.opened = 0
        self.encoded: list[str] = []

    def open(self) -> "CountingEncoder":
        self.opened += 1
        return self

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        self.encoded += texts
        return FakeEncoder().encode_queries(texts)


def cached(inner: CountingEncoder, folder: Path, edition: str = "first") -> CachedQueryEncoder:
    return CachedQueryEncoder(SPEC, inner.open, folder, edition)


def test_the_encoder_is_opened_once_and_for_new_texts_only(tmp_path: Path) -> None:
    inner = CountingEncoder()
    encoder = cached(inner, tmp_path)
    assert inner.opened == 0
    vectors = encoder.encode_queries(["moon", "canal"])
    assert np.array_equal(vectors, FakeEncoder().encode_queries(["moon", "canal"]))
    encoder.encode_queries(["canal", "treaty"])
    assert (inner.opened, sorted(inner.encoded)) == (1, ["canal", "moon", "treaty"])
    assert encoder.keys == {text_key(text) for text in ("moon", "canal", "treaty")}


def test_a_later_session_finds_all_texts_and_opens_nothing(tmp_path: Path) -> None:
    cached(CountingEncoder(), tmp_path).encode_queries(["moon", "canal"])
    later = CountingEncoder()
    vectors = cached(later, tmp_path).encode_queries(["canal"])
    assert np.array_equal(vectors, FakeEncoder().encode_queries(["canal"]))
    assert later.opened == 0


def test_another_edition_of_the_encoder_shares_no_vectors(tmp_path: Path) -> None:
    cached(CountingEncoder(), tmp_path).encode_queries(["moon"])
    other = CountingEncoder()
    cached(other, tmp_path, "second").encode_queries(["moon"])
    assert other.encoded == ["moon"]
