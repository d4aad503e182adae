"""The table of phrases on hand-made vectors."""

from pathlib import Path

import numpy as np
import pytest

from indexer.snapshot.encoder.phrase_table import PhraseTable, from_codes, to_codes
from indexer.snapshot.encoder.query_encoder import unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.text.phrase_key import folded_phrase, phrase_key

DIM = 64
PHRASES = ["oil", "النفط", "Côte d'Ivoire"]
VECTORS = unit(np.random.default_rng(1).normal(size=(len(PHRASES), DIM)))


@pytest.fixture
def table() -> PhraseTable:
    keys = np.array([phrase_key(phrase) for phrase in PHRASES], dtype=np.uint64)
    order = np.argsort(keys)
    return PhraseTable(keys[order], to_codes(VECTORS[order]))


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
    rows = table.rows_of([folded_phrase(phrase) for phrase in ("OIL", "gas", "نفط", "cote d ivoire")])
    found = [row for row in rows if row is not None]
    assert rows == [found[0], None, *found[1:]]
    assert (np.vecdot(table.vectors_at(found), VECTORS) > 0.98).all()
    assert PhraseTable(table.keys[:0], table.codes[:0]).rows_of(["oil"]) == [None]
    assert table.rows_of([]) == []


def test_a_saved_table_is_read_and_mapped(table: PhraseTable, tmp_path: Path) -> None:
    path = tmp_path / "phrases.npy"
    table.save(path)
    again = PhraseTable.open(path, DIM)
    assert len(again) == 3
    np.testing.assert_array_equal(again.keys, table.keys)
    np.testing.assert_array_equal(again.codes, table.codes)
    assert not again.codes.flags.owndata
    assert not again.codes.flags.writeable


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
