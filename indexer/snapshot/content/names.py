"""The names of a field as codes: sources, tags and authors, whatever their spelling."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.snapshot.text.normalisation import folded_name

Codes = npt.NDArray[np.int32]
"""Codes of names, shape (n,); -1 for no name."""


@dataclass(frozen=True, slots=True)
class Names:
    """The different names of one field; spellings that `folded_name` makes equal are one name.

    `shown` has the spelling of each code that occurs most often, of several the first by code point; codes are in the
    order of these spellings. `folded` has the folded names in their own order, and `codes`, shape (n,), int32, the code
    of each.
    """

    shown: tuple[str, ...]
    folded: tuple[str, ...]
    codes: Codes

    @classmethod
    def exactly(cls, names: Sequence[str]) -> "Names":
        """Return names that are in order and folded already, such as days."""
        return cls(tuple(names), tuple(names), np.arange(len(names), dtype=np.int32))

    def code(self, name: str) -> int | None:
        """Return the code of a name in any spelling, or None if it does not occur."""
        folded = folded_name(name)
        place = bisect_left(self.folded, folded)
        found = place < len(self.folded) and self.folded[place] == folded
        return int(self.codes[place]) if found else None

    def with_prefix(self, prefix: str) -> Codes:
        """Return the codes of the names that begin with `prefix`, in any spelling of it."""
        folded = folded_name(prefix)
        begin = bisect_left(self.folded, folded)
        return self.codes[begin : bisect_right(self.folded, folded, lo=begin, key=lambda name: name[: len(folded)])]

    def marked(self, names: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Return which codes belong to `names`, shape (n + 1,); the last entry, to which -1 leads, is False."""
        marked = np.zeros(len(self.shown) + 1, dtype=np.bool_)
        marked[[code for code in map(self.code, names) if code is not None]] = True
        return marked


def coded(values: Iterable[str | None]) -> tuple[Codes, Names]:
    """Return the code of each value, -1 for None and for a value without anything to read, and the names."""
    numbers: dict[str, int] = {}
    spellings = np.fromiter(
        (-1 if value is None else numbers.setdefault(value, len(numbers)) for value in values), dtype=np.int32
    )
    counts = np.bincount(spellings[spellings >= 0], minlength=len(numbers)).tolist()
    folded = dict(zip(numbers, map(folded_name, numbers), strict=True))
    shown: dict[str, str] = {}
    for spelling, _ in sorted(zip(numbers, counts, strict=True), key=lambda entry: (-entry[1], entry[0])):
        if folded[spelling]:
            shown.setdefault(folded[spelling], spelling)
    code_of = {name: code for code, name in enumerate(sorted(shown, key=shown.__getitem__))}
    in_order = sorted(code_of)
    names = Names(
        shown=tuple(shown[name] for name in code_of),
        folded=tuple(in_order),
        codes=np.array([code_of[name] for name in in_order], dtype=np.int32),
    )
    code_of_spelling = np.array([*(code_of.get(folded[spelling], -1) for spelling in numbers), -1], dtype=np.int32)
    return code_of_spelling[spellings], names
