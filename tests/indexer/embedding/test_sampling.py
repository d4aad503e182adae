import numpy as np
import pytest

from indexer.embedding.sampling import evenly_spaced


@pytest.mark.parametrize(
    ("texts", "n", "expected"),
    [
        ("abcdef", 3, "ace"),
        ("abcdefg", 3, "ace"),
        ("abcde", 4, "abcd"),
        ("abc", 3, "abc"),
        ("ab", 3, "ab"),
        ("", 3, ""),
        ("abcd", 1, "a"),
    ],
)
def test_sample_is_taken_at_even_distances(texts: str, n: int, expected: str) -> None:
    assert evenly_spaced(list(texts), n) == list(expected)
    assert evenly_spaced(np.array(list(texts), dtype="U1"), n).tolist() == list(expected)


def test_rows_of_an_array_are_taken_whole() -> None:
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    assert evenly_spaced(rows, 2).tolist() == [[0, 1], [6, 7]]
    assert evenly_spaced(rows[:0], 2).shape == (0, 2)
