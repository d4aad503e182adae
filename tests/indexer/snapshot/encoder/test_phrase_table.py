"""The table of phrases on hand-made vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer.snapshot.encoder.phrase_table import EncoderWithPhrases, PhraseTable, from_codes, to_codes
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.text.phrase_key import phrase_key

DIM = 64
PHRASES = ["oil", "النفط", "Côte d'Ivoire"]
VECTORS = unit(np.random.default_rng(1).normal(size=(len(PHRASES), DIM)))


@pytest.fixture
def table() -> PhraseTable:
    keys = np.array([phrase_key(phrase) for phrase in PHRASES], dtype=np.uint64)
    order = np.argsort(keys)
    return PhraseTable(keys[order], to_codes(VECTORS[order]))


class NetworkEncoder:
    """Encodes every text as a vector of ones, and records what it was asked."""

    spec = EncoderSpec("network", "0" * 16, DIM, 512, "", "")

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        return unit(np.ones((len(texts), DIM)))


def test_four_bits_keep_the_direction_of_vectors() -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(500, 384)))
    again = from_codes(to_codes(vectors))
    cosines = np.vecdot(vectors, again)
    assert cosines.mean() == pytest.approx(1 - 0.01154 / 2, abs=1e-3)  # the error of the table that STEP is from
    assert cosines.min() > 0.98
    np.testing.assert_allclose(np.linalg.norm(again, axis=1), 1, atol=1e-6)


def test_codes_are_two_levels_in_a_byte_and_extreme_components_are_cut() -> None:
    vectors = np.array([[2, -2, 0.01, -0.01]], dtype=np.float32)
    assert to_codes(vectors).tolist() == [[0xF * 16 + 0x0, 0x8 * 16 + 0x7]]
    np.testing.assert_allclose(from_codes(to_codes(vectors)), unit(np.array([[7.5, -7.5, 0.5, -0.5]])), atol=1e-6)


def test_phrases_are_found_in_any_spelling(table: PhraseTable) -> None:
    for spelling, row in (("OIL", 0), ("نفط", 1), ("cote d ivoire", 2)):
        found = table.vector(spelling)
        assert found is not None
        assert found @ VECTORS[row] > 0.98
    assert table.vector("gas") is None
    assert PhraseTable(table.keys[:0], table.codes[:0]).vector("oil") is None


def test_a_saved_table_is_read_and_mapped(table: PhraseTable, tmp_path: Path) -> None:
    path = tmp_path / "phrases.npy"
    table.save(path)
    again = PhraseTable.open(path, DIM)
    assert len(again) == 3
    np.testing.assert_array_equal(again.keys, table.keys)
    np.testing.assert_array_equal(again.codes, table.codes)
    assert isinstance(again.codes, np.memmap)


def test_a_file_that_is_no_such_table_is_damaged(table: PhraseTable, tmp_path: Path) -> None:
    path = tmp_path / "phrases.npy"
    with pytest.raises(SnapshotDamaged, match="holds no table of phrases"):
        PhraseTable.open(path, DIM)
    table.save(path)
    with pytest.raises(SnapshotDamaged, match="holds no table of phrases with vectors of 32 components"):
        PhraseTable.open(path, 32)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SnapshotDamaged, match="holds no table of phrases"):
        PhraseTable.open(path, DIM)


def test_only_what_the_table_lacks_is_encoded(table: PhraseTable) -> None:
    network = NetworkEncoder()
    encoder = EncoderWithPhrases(network, table)
    vectors = encoder.encode_queries(["gas", "Oil", "the price of oil", "النفط"])
    assert network.asked == ["gas", "the price of oil"]
    np.testing.assert_array_equal(vectors[[0, 2]], unit(np.ones((2, DIM))))
    assert vectors[1] @ VECTORS[0] > 0.98
    assert vectors[3] @ VECTORS[1] > 0.98
    assert encoder.encode_queries([]).shape == (0, DIM)
    assert encoder.spec == network.spec


def test_phrases_of_more_words_than_short_queries_have_are_encoded() -> None:
    network, phrase = NetworkEncoder(), "the bank of england"
    table = PhraseTable(np.array([phrase_key(phrase)], dtype=np.uint64), to_codes(VECTORS[:1]))
    EncoderWithPhrases(network, table).encode_queries([phrase])
    assert network.asked == [phrase]


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
