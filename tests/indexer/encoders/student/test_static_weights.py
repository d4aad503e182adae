"""The vectors of tokens on a network small enough to compute by hand."""

from pathlib import Path

import numpy as np

from indexer.encoders.student.static_weights import StaticWeights


def array(*values: object) -> np.ndarray:
    return np.array(values, dtype=np.float32)


WEIGHTS = StaticWeights(
    projection=array([1, 0, 0], [0, 1, 0]),
    linear=array([1, 0], [0, 1]),
    linear_bias=array(0, 0.5),
    hidden=array([1, 1]),
    hidden_bias=array(-3),
    output=array([0], [2]),
    weight=array(np.log(2)),
    weight_bias=array(0),
    scale=array(2),
    step=array(0.5),
)
LEVELS = np.array([[12, 10], [14, 16], [10, 10]], dtype=np.uint8)
"""Less the zero point 10 and divided by the scale: (1, 0), (2, 3), (0, 0)."""


def test_vectors_follow_the_formula() -> None:
    # The hidden unit is relu(1 - 3) = 0, relu(5 - 3) = 2 and 0, so the tokens say 1, 2^2 = 4 and 1.
    expected = [[1, 0.5], [4 * 2, 4 * (3 + 0.5 + 2 * 2)], [0, 0.5]]
    np.testing.assert_allclose(WEIGHTS.vectors(LEVELS, 10), expected, rtol=1e-6)


def test_the_table_has_steps_and_is_cut() -> None:
    assert WEIGHTS.table(LEVELS, 10).tolist() == [[2, 1], [16, 60], [0, 1]]
    far = np.array([[255, 255]], dtype=np.uint8)
    assert WEIGHTS.table(far, 10).tolist() == [[127, 127]]


def test_matrices_are_read_again_from_eight_bits(tmp_path: Path) -> None:
    WEIGHTS.save(tmp_path / "static.npz")
    again = StaticWeights.open(tmp_path / "static.npz")
    np.testing.assert_allclose(again.linear, WEIGHTS.linear, atol=1 / 127)
    np.testing.assert_array_equal(again.output, WEIGHTS.output)  # a row of zeros stays one
    np.testing.assert_array_equal(again.weight, WEIGHTS.weight)
    assert again.vectors(LEVELS, 10).dtype == np.float32
