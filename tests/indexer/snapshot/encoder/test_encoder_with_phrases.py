"""A network and a table of phrases beside it, on hand-made vectors."""

from collections.abc import Sequence

import numpy as np
import pytest

from indexer.snapshot.encoder.encoder_with_phrases import EncoderWithPhrases
from indexer.snapshot.encoder.phrase_table import PhraseTable, to_codes
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, unit
from indexer.snapshot.text.phrase_key import phrase_key

DIM = 64
VECTORS = unit(np.random.default_rng(1).normal(size=(4, DIM)))


class NetworkEncoder:
    """Encodes every text as a vector of ones, and records what it was asked."""

    spec = EncoderSpec("network", "0" * 16, DIM, 512, "", "")

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        return unit(np.ones((len(texts), DIM)))


class FixedEncoder(NetworkEncoder):
    """Encodes every text as the vector that it was made with."""

    def __init__(self, vector: FloatArray) -> None:
        super().__init__()
        self._vector = vector

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        return np.repeat(self._vector[None], len(texts), axis=0)


def _table(phrases: list[str], vectors: FloatArray) -> PhraseTable:
    keys = np.array([phrase_key(phrase) for phrase in phrases], dtype=np.uint64)
    order = np.argsort(keys)
    return PhraseTable(keys[order], to_codes(vectors[order]))


def test_only_what_the_table_lacks_is_encoded() -> None:
    network = NetworkEncoder()
    encoder = EncoderWithPhrases(network, _table(["oil", "النفط"], VECTORS[:2]))
    vectors = encoder.encode_queries(["gas", "Oil", "the price of gas", "النفط"])
    assert network.asked == ["gas", "the price of gas"]
    np.testing.assert_array_equal(vectors[[0, 2]], unit(np.ones((2, DIM))))
    assert vectors[1] @ VECTORS[0] > 0.98
    assert vectors[3] @ VECTORS[1] > 0.98
    assert encoder.encode_queries([]).shape == (0, DIM)
    assert encoder.spec == network.spec


def test_phrases_of_more_words_than_short_queries_have_are_encoded() -> None:
    network, phrase = NetworkEncoder(), "the bank of england"
    EncoderWithPhrases(network, _table([phrase], VECTORS[:1])).encode_queries([phrase])
    assert network.asked == [phrase]


@pytest.mark.parametrize("typed", ["mrkel", "MERKLE", "Merke"])
def test_a_misspelt_phrase_gets_the_vector_of_the_one_that_was_meant(typed: str) -> None:
    near = unit(VECTORS[0] + VECTORS[2])
    (found,) = EncoderWithPhrases(FixedEncoder(near), _table(["Merkel"], VECTORS[:1])).encode_queries([typed])
    assert found @ unit(near + 2 * VECTORS[0]) > 0.98


def test_of_several_phrases_the_one_nearest_to_the_query_is_meant() -> None:
    table = _table(["Merkel", "Berkeley"], VECTORS[:2])
    for row, typed in ((0, "merkl"), (1, "berkley")):
        (found,) = EncoderWithPhrases(FixedEncoder(VECTORS[row]), table).encode_queries([typed])
        assert found @ VECTORS[row] > 0.99
    both = _table(["hamas", "hamat"], VECTORS[:2])
    (found,) = EncoderWithPhrases(FixedEncoder(unit(VECTORS[0] + 3 * VECTORS[1])), both).encode_queries(["hama"])
    assert found @ VECTORS[1] > 0.95


def test_a_query_that_is_near_to_no_such_phrase_keeps_its_own_vector() -> None:
    own = unit(VECTORS[1] - (VECTORS[1] @ VECTORS[0]) * VECTORS[0])  # at a right angle to the phrase
    table = _table(["hamas"], VECTORS[:1])
    for typed in ("hama", "elections", "hams and eggs for all"):
        (found,) = EncoderWithPhrases(FixedEncoder(own), table).encode_queries([typed])
        np.testing.assert_array_equal(found, own)


def test_a_longer_query_is_never_taken_for_a_misspelt_phrase() -> None:
    table = _table(["oil prices in libya"], VECTORS[:1])
    (found,) = EncoderWithPhrases(FixedEncoder(VECTORS[0]), table).encode_queries(["oil prces in libya"])
    np.testing.assert_array_equal(found, VECTORS[0])


ONES = unit(np.ones(DIM))


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("Why does the price of oil rise in Saudi Arabia?", [0, 1]),
        ("oil ministers", [0]),
        ("arabia saudi", []),  # not the phrase
        ("Saudi Arabia oil saudi arabia", [3, 1]),  # the longest one at each place, and nothing of it again
        ("an UN of it", []),  # short words count for nothing
    ],
)
def test_the_phrases_in_a_query_are_added(query: str, parts: list[int]) -> None:
    table = _table(["oil", "Saudi Arabia", "UN", "Saudi Arabia oil"], VECTORS)
    (found,) = EncoderWithPhrases(FixedEncoder(ONES), table).encode_queries([query])
    added = unit(VECTORS[parts].sum(axis=0)) if parts else np.zeros(DIM)
    assert found @ unit(ONES + 0.2 * added) > 0.999
    assert bool(parts) == (abs(found @ ONES - 1) > 1e-6)
