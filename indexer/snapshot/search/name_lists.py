"""Comma lists of names in filters: which are wanted, and which are excluded."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.snapshot.text.normalisation import folded_name

MAX_NAMES = 32
"""Names in one list."""

_EXCLUDES = "-"


@dataclass(frozen=True, slots=True)
class NameList:
    """Names of sources, tags or authors as they were written: those of which one is wanted, and those excluded."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def read_names(text: str) -> NameList:
    """Read a comma list such as `Harbour Post,-"Post, The"`.

    A dash excludes the name after it. A name that contains a comma or begins with a dash is written in double quotes,
    as in CSV: a double quote in it is written twice.

    Raises:
        ValueError: a name is empty, a quote is not closed, or there are more than 32 names.
    """
    included: list[str] = []
    excluded: list[str] = []
    for is_excluded, name in _entries(" ".join(text.split())):
        if not folded_name(name):
            raise ValueError("has an empty name in its list")
        (excluded if is_excluded else included).append(name)
    n_names = len(included) + len(excluded)
    if n_names > MAX_NAMES:
        raise ValueError(f"has {n_names:,} names, more than {MAX_NAMES}")
    return NameList(tuple(included), tuple(excluded))


def _entries(text: str) -> Iterator[tuple[bool, str]]:
    """Yield whether each name is excluded, and the name without its quotes."""
    begun: list[str] = []
    # The csv module does not tell quoted fields from others, so it reads one name at a time: a piece between two
    # commas, and more pieces as long as a quote is open.
    for piece in text.split(","):
        begun.append(piece)
        entry = ",".join(begun).strip()
        is_excluded = entry.startswith(_EXCLUDES)
        name = entry.removeprefix(_EXCLUDES).lstrip()
        try:
            fields = next(csv.reader([name], strict=True)) if name.startswith('"') else [name]
        except csv.Error:
            continue
        yield is_excluded, fields[0]
        begun = []
    if begun:
        raise ValueError("has a double quote that is not closed, or text after a closed one")
