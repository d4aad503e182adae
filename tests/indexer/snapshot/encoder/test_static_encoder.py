"""A static encoder of five tokens, and its files."""

from pathlib import Path

import numpy as np
import pytest

from indexer.snapshot.encoder.query_encoder import unit
from indexer.snapshot.encoder.static_encoder import StaticEncoder, TokenVectors
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.layout import EncoderLayout

TOKENS: TokenVectors = np.array([[100, 0], [0, 100], [3, 4], [-100, 0], [0, 0]], dtype=np.int8)
PROJECTION = np.array([[1, 0, 0], [0, 0, 2]], dtype=np.float32)


class Letters:
    """Each letter is a token: a is 0, b is 1, and so on."""

    def ids(self, text: str) -> list[int]:
        return [ord(letter) - ord("a") for letter in text]


ENCODER = StaticEncoder(Letters(), TOKENS, PROJECTION)


def test_a_text_has_the_sum_of_its_tokens_with_unit_norm() -> None:
    np.testing.assert_allclose(ENCODER.encode(["a", "c", "ab", "aaab"]), _unit([[1, 0], [3, 4], [1, 1], [3, 1]]))


def test_sums_of_many_tokens_do_not_overflow() -> None:
    np.testing.assert_allclose(ENCODER.encode(["a" * 500]), [[1, 0]])


def test_tokens_that_cancel_out_give_no_direction() -> None:
    assert ENCODER.cosines(["ad", "e"], np.array([1, 0, 0], dtype=np.float32)).tolist() == [0, 0]


def test_a_query_is_projected_before_it_is_compared() -> None:
    query = np.array([3, 7, 2], dtype=np.float32)  # projected: (3, 4)
    np.testing.assert_allclose(ENCODER.cosines(["c", "a", "b", "d"], query), [1, 0.6, 0.8, -0.6], atol=1e-6)


def test_files_are_read_again(tmp_path: Path) -> None:
    layout = _written(tmp_path, TOKENS, PROJECTION)
    opened = StaticEncoder.open(layout, Letters(), 3)
    np.testing.assert_array_equal(opened.encode(["abc"]), ENCODER.encode(["abc"]))


@pytest.mark.parametrize(
    ("tokens", "projection"),
    [
        (TOKENS.astype(np.float32), PROJECTION),
        (TOKENS[0], PROJECTION),
        (TOKENS, PROJECTION[:1]),
        (TOKENS, PROJECTION[:, :2]),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path: Path, tokens: TokenVectors, projection: TokenVectors) -> None:
    with pytest.raises(SnapshotDamaged, match="does not fit its query encoder"):
        StaticEncoder.open(_written(tmp_path, tokens, projection), Letters(), 3)


def test_damaged_and_missing_files_are_reported(tmp_path: Path) -> None:
    layout = _written(tmp_path, TOKENS, PROJECTION)
    layout.token_projection.unlink()
    with pytest.raises(SnapshotDamaged, match="cannot be loaded"):
        StaticEncoder.open(layout, Letters(), 3)
    layout.token_vectors.write_bytes(layout.token_vectors.read_bytes()[:40])
    with pytest.raises(SnapshotDamaged, match="cannot be loaded"):
        StaticEncoder.open(layout, Letters(), 3)


def _unit(vectors: list[list[float]]) -> np.ndarray:
    return unit(np.array(vectors))


def _written(folder: Path, tokens: np.ndarray, projection: np.ndarray) -> EncoderLayout:
    layout = EncoderLayout(folder)
    np.save(layout.token_vectors, tokens)
    np.save(layout.token_projection, projection)
    return layout
