"""Finding numbers among others that are in order; `numpy.isin` would sort both."""

from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.index.vector_index import Mask


def find_in_order(
    values: npt.NDArray[np.integer[Any]], in_order: npt.NDArray[np.integer[Any]]
) -> tuple[Mask, npt.NDArray[np.intp]]:
    """Return which of the values are among others that are in order, shape (n,), and the places there of these.

    The values must fit into the type of the others.
    """
    if not len(in_order):
        return np.zeros(len(values), dtype=np.bool_), np.empty(0, dtype=np.intp)
    values = values.astype(in_order.dtype, copy=False)  # else all of the others would be converted
    places = np.minimum(in_order.searchsorted(values), len(in_order) - 1)
    are_among = in_order.take(places) == values
    return are_among, places.compress(are_among)


def are_among(values: npt.NDArray[np.integer[Any]], in_order: npt.NDArray[np.integer[Any]]) -> Mask:
    """Return which of the values are among others that are in order, shape (n,)."""
    return find_in_order(values, in_order)[0]


def are_first(in_order: npt.NDArray[np.integer[Any]]) -> Mask:
    """Return which of some numbers in order are the first of their value, shape (n,)."""
    first = np.ones(len(in_order), dtype=np.bool_)
    np.not_equal(in_order[1:], in_order[:-1], out=first[1:])
    return first
