"""Numbers that are found among others that are in order."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.index.in_order import are_among, find_in_order

_NUMBERS = st.lists(st.integers(0, 40), max_size=30)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@given(values=_NUMBERS, others=_NUMBERS)
def test_values_are_found_where_they_stand(dtype: type[np.integer[Any]], values: list[int], others: list[int]) -> None:
    in_order = np.array(sorted(set(others)), dtype=dtype)
    found, places = find_in_order(np.array(values, dtype=np.int64), in_order)
    assert found.tolist() == [value in others for value in values]
    assert in_order[places].tolist() == [value for value in values if value in others]


def test_what_is_greater_than_all_is_not_found() -> None:
    assert are_among(np.array([1, 9]), np.array([1, 5])).tolist() == [True, False]


def test_nothing_is_found_among_none() -> None:
    assert are_among(np.array([1, 2]), np.array([], dtype=np.int64)).tolist() == [False, False]
