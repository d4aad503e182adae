"""Which paragraphs hold a word, how often and where: an inverted index in a few arrays.

The document of a paragraph is the title of its article, a gap, and its own text, as folded words
(`text/words.py`). The arrays are mapped into memory and never change, so a version can be read from a read-only disk,
and equal corpora give equal files. A word is known by 64 bits of its digest, which is all that a search needs of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.index.bm25 import Matches, WholeCorpus, find_matches
from indexer.snapshot.index.in_order import are_among, are_first
from indexer.snapshot.index.postings import IndexWord, Postings
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.layout import LexicalLayout
from indexer.snapshot.text.phrase_key import Keys, keys_of_folded
from indexer.snapshot.text.word_forms import Forms

MAX_POSITION = 2**16 - 1
"""Words of a document behind this one are left out; a paragraph has far fewer."""

_ROW_BITS = 16
"""A place is the row of a paragraph and, in as many lower bits, a position in its document."""


@dataclass(frozen=True, slots=True)
class LexicalArrays:
    """The content of a lexical index, over n paragraphs and v words with p postings.

    `keys`, shape (v,), uint64, are the keys of the words, in order. The postings of word i are those from `starts[i]`,
    int64, to before `starts[i + 1]` of `rows`, int32, and `counts`, uint16, both of shape (p,). Its positions are those
    from `position_starts[i]`, int64, of `positions`, uint16, in the order of the postings. `lengths`, shape (n,),
    int32, are the words of each document.
    """

    keys: Keys
    starts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    position_starts: npt.NDArray[np.int64]
    positions: npt.NDArray[np.uint16]
    lengths: npt.NDArray[np.int32]


class LexicalIndex:
    """Finds paragraphs by the words that stand in them or in their article's title."""

    def __init__(self, arrays: LexicalArrays) -> None:
        """Take the arrays of an index.

        Raises:
            ValueError: they do not belong together.
        """
        self._arrays = arrays
        _check(arrays)
        self.n_paragraphs = len(arrays.lengths)
        self.lengths = arrays.lengths
        self.mean_length = float(arrays.lengths.mean()) if np.any(arrays.lengths) else 1.0

    @classmethod
    def open(cls, layout: LexicalLayout, n_paragraphs: int | None = None) -> "LexicalIndex":
        """Map an index that `save` wrote into memory, of a corpus with so many paragraphs, if that is known.

        Raises:
            SnapshotDamaged: a file is not what `save` writes, or the files do not belong together, or to the corpus.
        """
        try:
            index = cls(LexicalArrays(**{name: _mapped(path) for name, path in _paths(layout).items()}))
            if n_paragraphs not in {None, index.n_paragraphs}:
                raise ValueError(f"it has {index.n_paragraphs} paragraphs, the corpus {n_paragraphs}")
            return index
        except Exception as error:  # a damaged header gives errors of numpy's parser of Python as well
            raise SnapshotDamaged(f"{layout.root} is not a lexical index: {error}; rebuild it") from error

    def save(self, layout: LexicalLayout) -> list[Path]:
        """Write the index to its folder and return the files."""
        layout.root.mkdir(parents=True, exist_ok=True)
        for name, path in _paths(layout).items():
            np.save(path, getattr(self._arrays, name), allow_pickle=False)
        return list(_paths(layout).values())

    def look_up(self, words: Iterable[Forms]) -> list[IndexWord]:
        """Return words as this index knows them: finding the forms takes longer than reading their postings."""
        words = list(words)
        places = iter(self._places(list(chain(*words))))
        return [IndexWord(forms, tuple(place for place in islice(places, len(forms)) if place >= 0)) for forms in words]

    def postings(self, word: IndexWord) -> Postings:
        """Return the paragraphs that hold any of the forms of a word, and how often they hold all of them together."""
        arrays = self._arrays
        found = [
            (arrays.rows[begin:end], arrays.counts[begin:end])
            for begin, end in ((arrays.starts[place], arrays.starts[place + 1]) for place in word.places)
        ]
        if len(found) == 1:
            return Postings(*found[0])
        if not found:
            return Postings(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.uint16))
        rows, counts = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        in_order = rows.argsort(kind="stable")
        rows, counts = rows.take(in_order), counts.take(in_order)  # `take` is faster here than the same in brackets
        starts = np.flatnonzero(are_first(rows))
        if len(starts) == len(rows):
            return Postings(rows, counts)
        return Postings(rows.take(starts), np.add.reduceat(counts, starts, dtype=np.uint16))

    def n_postings(self, word: IndexWord) -> int:
        """Return how many paragraphs hold the forms of a word, one after the other: at least as many as hold any."""
        starts = self._arrays.starts
        return sum(int(starts[place + 1] - starts[place]) for place in word.places)

    def rows_with(self, word: IndexWord) -> npt.NDArray[np.int32]:
        """Return the rows of the paragraphs that hold any of the forms of a word, in order."""
        return self.postings(word).rows

    def matches(
        self, words: Sequence[IndexWord], passing: Mask | None = None, whole: WholeCorpus | None = None
    ) -> Matches:
        """Return the paragraphs that hold any of some words, and how well they match (`bm25.find_matches`)."""
        return find_matches(self, words, passing, whole)

    def with_phrase(self, phrase: Iterable[Forms]) -> Rows:
        """Return the rows of the paragraphs that hold words one after the other, in order.

        Each word is given as the forms in which it may stand there.
        """
        words = self.look_up(phrase)
        if not words:
            return np.empty(0, dtype=np.int64)
        in_order = sorted(range(len(words)), key=lambda at: self._n_positions(words[at]))
        first = in_order[0]
        begins = self._occurrences(words[first]) - first
        for at in in_order[1:]:
            begins = begins[are_among(begins + at, self._occurrences(words[at]))]
        rows: Rows = np.unique(begins >> _ROW_BITS)
        return rows

    def mask(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return which paragraphs are at `rows`, shape (n_paragraphs,)."""
        mask = np.zeros(self.n_paragraphs, dtype=np.bool_)
        mask[rows] = True
        return mask

    def _places(self, forms: Sequence[str]) -> list[int]:
        """Return the place of each form among the words of the index; -1 for a form that it does not have."""
        keys = self._arrays.keys
        if not len(keys) or not forms:
            return [-1] * len(forms)
        wanted = keys_of_folded(forms)
        places = keys.searchsorted(wanted)
        places[places == len(keys)] = 0
        places[keys[places] != wanted] = -1
        found: list[int] = places.tolist()
        return found

    def _n_positions(self, word: IndexWord) -> int:
        starts = self._arrays.position_starts
        return sum(int(starts[place + 1] - starts[place]) for place in word.places)

    def _occurrences(self, word: IndexWord) -> npt.NDArray[np.int64]:
        """Return where any of the forms of a word stands, row and position as one number, in order."""
        arrays = self._arrays
        found = [np.empty(0, dtype=np.int64)]
        for place in word.places:
            postings = slice(arrays.starts[place], arrays.starts[place + 1])
            positions = arrays.positions[arrays.position_starts[place] : arrays.position_starts[place + 1]]
            rows = np.repeat(arrays.rows[postings].astype(np.int64), arrays.counts[postings])
            found.append((rows << _ROW_BITS) + positions)
        return np.sort(np.concatenate(found)) if len(found) > 2 else found[-1]


def _paths(layout: LexicalLayout) -> dict[str, Path]:
    """Return the file of each array."""
    return {field.name: layout.root / f"{field.name}.npy" for field in fields(LexicalArrays)}


def _mapped(path: Path) -> npt.NDArray[Any]:
    # As a plain array, which is faster to index; it is still the mapped file. `numpy.load` would read archives too.
    array: npt.NDArray[Any] = np.lib.format.open_memmap(path, mode="r").view(np.ndarray)
    return array


def _check(arrays: LexicalArrays) -> None:
    """Raise ValueError if the arrays do not belong together: no search may read behind the end of one."""
    kinds = {"keys": "u8", "starts": "i8", "rows": "i4", "counts": "u2", "position_starts": "i8", "positions": "u2"}
    for name, kind in {**kinds, "lengths": "i4"}.items():
        array = getattr(arrays, name)
        if array.ndim != 1 or array.dtype != np.dtype(kind):
            raise ValueError(f"{name} has shape {array.shape} and type {array.dtype}")
    n_words, n_postings = len(arrays.keys), len(arrays.rows)
    if len(arrays.starts) != n_words + 1 or len(arrays.position_starts) != n_words + 1:
        raise ValueError("words and postings have different numbers")
    for starts, end in ((arrays.starts, n_postings), (arrays.position_starts, len(arrays.positions))):
        if starts[0] != 0 or starts[-1] != end or np.any(np.diff(starts) < 1):
            raise ValueError("postings are out of order")
    if len(arrays.counts) != n_postings:
        raise ValueError("rows and counts have different numbers")
    if n_postings and not 0 <= arrays.rows.min() <= arrays.rows.max() < len(arrays.lengths):
        raise ValueError("a posting names no paragraph")
    if n_words and not np.array_equal(
        np.add.reduceat(arrays.counts, arrays.starts[:-1], dtype=np.int64), np.diff(arrays.position_starts)
    ):
        raise ValueError("counts and positions have different numbers")
