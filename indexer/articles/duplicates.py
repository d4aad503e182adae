"""Copies among articles: the same text under another id, and wire copy that outlets have edited.

Each article is the set of all runs of three consecutive words. How much two of them have in common
(their Jaccard similarity) is estimated by MinHash signatures (Broder 1997); banding (Leskovec,
Rajaraman and Ullman, Mining of Massive Datasets, 3.4) finds the pairs worth comparing without
comparing all. What is alike and weeks apart is a form that news is written in, not a copy.
Signatures are on disk, and one band of them at a time in memory.
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
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from indexer.snapshot.content.columns import NO_TIMESTAMP
from indexer.snapshot.content.corpus_writer import ArticleText
from indexer.snapshot.text.normalisation import for_encoder

ALIKE = 0.6
"""Estimated share of runs in common from which two articles are copies (docs/articles.md)."""

DAYS_APART = 3
"""Wire copy appears within three days; later, what is alike are market reports and forecasts."""

_RUN_WORDS = 3
_N_VALUES = 128
_BAND = 4
"""Values in a band: 32 bands find 99 % of pairs at a similarity of 0.6, 5 % of those at 0.2."""

_SEED = 20150421
_AT_ONCE = 512
_MOST_FIRSTS = 256
_DAY_S = 86_400
_MIX = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio as a 64-bit fraction (Knuth, The Art of Computer Programming, 6.4): spreads keys."""

_WORD = re.compile(r"\w+")

_Signatures = npt.NDArray[np.uint32]
_Entries = npt.NDArray[np.void]
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


_ENTRY = np.dtype([("signature", np.uint32, _N_VALUES), ("digest", np.uint64), ("timestamp", np.int64)])
"""What is remembered of an article: 528 bytes."""


def find_copies(articles: Iterable[ArticleText], path: Path) -> Copies:
    """Return the copies among articles, in order of row: those with the same words, and those alike and near in time.

    What has to be remembered of them is written to a file at `path`.
    """
    with path.open("wb") as file:
        size = _write_entries(articles, file)
    if not size:
        return Copies({}, 0)
    entries = np.memmap(path, dtype=_ENTRY, mode="r")
    of = dict(_stories(entries, _alike(entries, _candidates(entries))))
    exact = sum(bool(entries["digest"][row] == entries["digest"][first]) for row, first in of.items())
    return Copies(of, exact)


def _write_entries(articles: Iterable[ArticleText], file: BinaryIO) -> int:
    size = 0
    articles = iter(articles)
    while some := list(islice(articles, _AT_ONCE)):
        words = [_WORD.findall(for_encoder("\n".join(article.paragraphs)).casefold()) for article in some]
        entries = np.empty(len(some), dtype=_ENTRY)
        entries["signature"] = signatures_of(words)
        entries["digest"] = [_digest(article) for article in words]
        entries["timestamp"] = [NO_TIMESTAMP if one.timestamp is None else one.timestamp for one in some]
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


def _candidates(entries: _Entries) -> Iterator[_Pairs]:
    """Yield pairs of rows that agree in a band, the smaller one first, shape (n, 2), for each band.

    Of the rows that agree, each is paired with the earliest one and with the one that was published
    before it: that many pairs, however many rows there are, as a thousand weather reports are.
    """
    for start in range(0, _N_VALUES, _BAND):
        # Two rows whose keys agree by chance are told apart when they are compared.
        halves = np.ascontiguousarray(entries["signature"][:, start : start + _BAND]).view(np.uint64)
        keys = halves[:, 0] * _MIX + halves[:, 1]
        order = np.lexsort((entries["timestamp"], keys))  # rows that agree stand together, in order of time
        is_first = np.r_[True, np.diff(keys[order]) != 0]
        first = order[np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))]
        others = np.flatnonzero(~is_first)
        pairs = np.concatenate([np.c_[first[others], order[others]], np.c_[order[others - 1], order[others]]])
        yield np.sort(pairs, axis=1)


def _alike(entries: _Entries, candidates: Iterable[_Pairs]) -> _Pairs:
    """Return the pairs that are copies, each once and in order, shape (n, 2)."""
    # One number for a pair: most pairs agree in many bands, and only what is new has to be kept.
    known = np.empty(0, dtype=np.int64)
    for pairs in candidates:
        new = np.setdiff1d(pairs[:, 0] * len(entries) + pairs[:, 1], known)
        alike = [
            some[_are_alike(entries[some // len(entries)], entries[some % len(entries)])]
            for some in np.array_split(new, len(new) // _AT_ONCE + 1)
        ]
        known = np.union1d(known, np.concatenate(alike))
    return np.stack(np.divmod(known, len(entries)), axis=1)


def _are_alike(some: _Entries, others: _Entries) -> npt.NDArray[np.bool_]:
    """Return which of some articles, shape (n,), are copies of others, shape (n,) or ()."""
    shared = np.mean(some["signature"] == others["signature"], axis=-1)
    undated = (some["timestamp"] == NO_TIMESTAMP) | (others["timestamp"] == NO_TIMESTAMP)
    near = undated | (np.abs(some["timestamp"] - others["timestamp"]) <= DAYS_APART * _DAY_S)
    alike: npt.NDArray[np.bool_] = (some["digest"] == others["digest"]) | ((shared >= ALIKE) & near)
    return alike


def _stories(entries: _Entries, pairs: _Pairs) -> Iterator[tuple[int, int]]:
    """Yield each copy with what it is a copy of, which is none itself, both by row.

    Articles that hang together are taken in order: each is a copy of the first one that it is like,
    or begins a story of its own. Chains, each a little like the next, are not followed to their end.
    """
    rows, ends = np.unique(pairs, return_inverse=True)
    ends = ends.reshape(-1, 2)
    together = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(rows), len(rows)))
    _, component = connected_components(together, directed=False)
    order = np.argsort(component, kind="stable")
    for members in np.split(rows[order], np.flatnonzero(np.diff(component[order])) + 1):
        firsts: list[int] = []
        for row in members.tolist():
            latest = firsts[-_MOST_FIRSTS:]
            alike = _are_alike(entries[latest], entries[row])
            if alike.any():
                yield row, latest[int(np.argmax(alike))]
            else:
                firsts.append(row)
