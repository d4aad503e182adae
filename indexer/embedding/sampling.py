"""Taking a sample from a long sequence: the same one each time, and from all of it."""

from collections.abc import Sequence
from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
Number = TypeVar("Number", bound=np.generic)


@overload
def evenly_spaced(items: npt.NDArray[Number], n: int) -> npt.NDArray[Number]: ...
@overload
def evenly_spaced(items: Sequence[T], n: int) -> list[T]: ...
def evenly_spaced(items: Any, n: int) -> Any:
    """Return `n` of `items` (of the rows of an array) at even distances, in their order, or all of fewer."""
    places = np.arange(n) * len(items) // n if len(items) > n else np.arange(len(items))
    return items[places] if isinstance(items, np.ndarray) else [items[place] for place in places]
