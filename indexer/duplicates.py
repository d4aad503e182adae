"""Copies among articles: the same text under another id, and wire copy that outlets have edited.

Each article is the set of all runs of three consecutive words. How much two of them have in common
(their Jaccard similarity) is estimated by MinHash signatures (Broder 1997); banding (Leskovec,
Rajaraman and Ullman, Mining of Massive Datasets, 3.4) finds the pairs worth comparing without
comparing all. Everything is bounded: a signature is on disk, one band at a time in memory.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from indexer.snapshot.text import for_encoder

ALIKE = 0.6
"""Estimated share of runs in common from which two articles are copies (docs/duplicates.md)."""

_RUN_WORDS = 3
_N_VALUES = 128
_BAND = 4
"""Values in a band: 32 bands find 99 % of pairs at a similarity of 0.6, 5 % of those at 0.2."""

_SEED = 20150421
_AT_ONCE = 512
_MIX = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio as a 64-bit fraction (Knuth, The Art of Computer Programming, 6.4): spreads keys."""

_WORD = re.compile(r"\w+")

_Signatures = npt.NDArray[np.uint32]
_Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Copies:
    """Which articles are copies: `of` maps the row of each to that of the first article like it.

    `exact` of them have the very same words.
    """

    of: dict[int, int]
    exact: int

    @property
    def stories(self) -> int:
        """Number of articles that have copies."""
        return len(set(self.of.values()))


_ENTRY = np.dtype([("signature", np.uint32, _N_VALUES), ("digest", np.uint64)])
"""What is remembered of an article: 520 bytes."""


def find_copies(articles: Iterable[Iterable[str]], path: Path) -> Copies:
    """Return the copies among articles, each given by its paragraphs, in order of row.

    What has to be remembered of them is written to a file at `path`.
    """
    with path.open("wb") as file:
        size = _write_entries(articles, file)
    if not size:
        return Copies({}, 0)
    entries = np.memmap(path, dtype=_ENTRY, mode="r")
    of = _leaders(_similar(entries["signature"], _candidates(entries["signature"])))
    exact = sum(bool(entries["digest"][row] == entries["digest"][first]) for row, first in of.items())
    return Copies(of, exact)


def _write_entries(articles: Iterable[Iterable[str]], file: BinaryIO) -> int:
    words = (_WORD.findall(for_encoder("\n".join(paragraphs)).casefold()) for paragraphs in articles)
    size = 0
    while some := list(islice(words, _AT_ONCE)):
        entries = np.empty(len(some), dtype=_ENTRY)
        entries["signature"] = signatures_of(some)
        entries["digest"] = [_digest(article) for article in some]
        file.write(entries.tobytes())
        size += len(some)
    return size


def signatures_of(articles: Sequence[Sequence[str]]) -> _Signatures:
    """Return the MinHash signatures of articles, given by their words, shape (n, 128), uint32."""
    matrix = RMinHash.digest_matrix_from_token_sets([_runs(words) for words in articles], _N_VALUES, _SEED)
    return np.array(matrix.to_rows(), dtype=np.uint32)


def _runs(words: Sequence[str]) -> list[str]:
    """Return all runs of three words; a shorter text is one run."""
    if len(words) < _RUN_WORDS:
        return [" ".join(words)]
    return [f"{one} {two} {three}" for one, two, three in zip(words, words[1:], words[2:], strict=False)]


def _digest(words: Sequence[str]) -> int:
    return int.from_bytes(blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=8).digest())


def _candidates(signatures: _Signatures) -> Iterator[_Pairs]:
    """Yield pairs of rows that agree in a band, the smaller one first, shape (n, 2), for each band.

    Of the rows that agree, each is paired with the first and with the one before it: that many,
    however many there are, as a thousand weather reports are.
    """
    for start in range(0, _N_VALUES, _BAND):
        # Two rows whose keys agree by chance are told apart when they are compared.
        halves = np.ascontiguousarray(signatures[:, start : start + _BAND]).view(np.uint64)
        keys = halves[:, 0] * _MIX + halves[:, 1]
        order = np.argsort(keys, kind="stable")  # rows that agree stand together, in order
        is_first = np.r_[True, np.diff(keys[order]) != 0]
        first = order[np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))]
        rows = np.flatnonzero(~is_first)
        yield np.concatenate([np.c_[first[rows], order[rows]], np.c_[order[rows - 1], order[rows]]])


def _similar(signatures: _Signatures, candidates: Iterable[_Pairs]) -> _Pairs:
    """Return the pairs that are alike, each once and in order, shape (n, 2)."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for pairs in candidates:
        for some in np.array_split(pairs, len(pairs) // _AT_ONCE + 1):
            shared = np.mean(signatures[some[:, 0]] == signatures[some[:, 1]], axis=1)
            found.append(some[shared >= ALIKE])
    return np.unique(np.concatenate(found), axis=0)


def _leaders(pairs: _Pairs) -> dict[int, int]:
    """Return for each copy the first article that it is like and that is no copy itself.

    So every copy is like what it is a copy of; chains of articles, each a little like the next, are
    not followed.
    """
    of: dict[int, int] = {}
    for first, row in pairs.tolist():
        if first not in of and row not in of:
            of[row] = first
    return of
