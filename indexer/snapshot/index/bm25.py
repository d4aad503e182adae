"""How well the words of a query match each paragraph: BM25 (Robertson and Zaragoza 2009), from 0 to 1.

    bm25(paragraph) = sum over words of idf * count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean length))
    idf = ln(1 + (n - df + 0.5) / (df + 0.5))

with n paragraphs, of which df hold the word in any of its forms. The strength of a match is its share of the greatest
value that the query could reach, the sum of idf * (K1 + 1): 1 for a short paragraph that holds every word many times.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.in_order import are_among, are_first, find_in_order
from indexer.snapshot.index.multilingual_index import MultilingualIndex
from indexer.snapshot.index.postings import IndexWord, Postings
from indexer.snapshot.index.vector_index import SCORE_DECIMALS, Mask, Rows
from indexer.snapshot.index.word_index import NO_MATCHES, AnyWord, Rows32, Window, WindowMatches, WordIndex
from indexer.snapshot.text.word_forms import Forms

K1, B = 1.2, 0.75
"""The usual values."""

COMMON = 0.2
"""A word in more than this share of all paragraphs says little about any of them, and reading it takes longest."""

_LEAST_COMMON = 50
"""In a small corpus, words of the subject are common too."""

_MOST_COMMON_WORDS = 8
"""Common words that are read if there are no others; each may be in all paragraphs."""

_FEW = 50_000
"""Up to so many paragraphs for all words of a query together, all of them are added up.

That takes less time there: 3.3 ms and not 4.2 for a search with a longer query over 100,000 paragraphs. The number lies
between the queries of that corpus and those of a million paragraphs, and is a round one.
"""

_SLACK = 1e-5
"""More than rounding and the order of sums can change a strength."""


class _Documents(Protocol):
    """What this module needs of a lexical index: the words of each document, `lengths`, and the postings of words."""

    @property
    def n_paragraphs(self) -> int: ...

    @property
    def mean_length(self) -> float: ...

    @property
    def lengths(self) -> npt.NDArray[np.int32]: ...

    def postings(self, word: IndexWord) -> Postings: ...


@dataclass(frozen=True, slots=True)
class WholeCorpus:
    """What strengths depend on beside the paragraph itself: equal for all parts of a corpus that is divided.

    `n_paragraphs` and the mean length of documents, in words, are those of the corpus; `df` is how many of its
    paragraphs hold each word of the query in any of its forms.
    """

    n_paragraphs: int
    mean_length: float
    df: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _WordMatches:
    """The paragraphs that hold a word, and `greatest`, the value that no paragraph reaches by it: idf * (K1 + 1)."""

    postings: Postings
    greatest: float


@dataclass(frozen=True, slots=True)
class _Sums:
    """What words give to paragraphs, added up: `rows`, in order, and `values`, float64, both of shape (n,)."""

    rows: Rows32
    values: npt.NDArray[np.float64]

    def where(self, kept: Mask) -> "_Sums":
        """Return those that are marked, shape (n,)."""
        at = np.flatnonzero(kept)  # `take` is several times as fast as the same in brackets
        return _Sums(self.rows.take(at), self.values.take(at))


class Matches:
    """Paragraphs that hold words of a query, with the strength of each match: above 0, up to 1.

    `complete`, shape (n,), int32, are the rows of those that hold every word, in order; there are none if all words are
    common. Where the words stand in many paragraphs, strengths are computed only of those that are asked for.
    """

    def __init__(
        self, lengths: npt.NDArray[np.int32], mean_length: float, words: Sequence[_WordMatches], complete: Rows32
    ) -> None:
        """Take the lengths of all documents and their mean, each word of a query once, and what holds every word."""
        self._lengths, self._mean_length, self._words = lengths, mean_length, words
        self._total = float(np.array([word.greatest for word in words]).sum()) or 1.0
        self.complete = complete
        are_few = sum(len(word.postings.rows) for word in words) <= _FEW
        self._all = self._sums_of_all() if are_few else None

    def of(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float32]:
        """Return the strength of each of some paragraphs, shape (n,); 0 without a match."""
        sums = np.zeros(len(rows))
        if self._all is not None:
            known, places = find_in_order(rows, self._all.rows)
            sums[known] = self._all.values.take(places)
        else:
            for word in self._words:
                self._add(word, rows, sums)
        return (sums / self._total).astype(np.float32)

    def are_complete(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return for each of some paragraphs whether it holds every word, shape (n,)."""
        return are_among(rows, self.complete)

    def cosines_and_complete(
        self, rows: npt.NDArray[np.integer[Any]], index: MultilingualIndex, vector: FloatArray
    ) -> tuple[FloatArray, Mask]:
        """Return the cosines of some paragraphs with a vector, and which hold every word, both of shape (n,)."""
        return index.cosines(rows, vector), self.are_complete(rows)

    def windows(self, windows: Sequence[Window], vector: FloatArray) -> list[WindowMatches]:
        """Return how the paragraphs of some windows match; `vector` is that of the query, shape (dim,), unit norm."""
        return [self._window(window, vector) for window in windows]

    def _window(self, window: Window, vector: FloatArray) -> WindowMatches:
        strongest, index = self.strongest(window.n, window.kept), window.kept.index
        if not len(strongest):
            return NO_MATCHES
        others = strongest[~are_among(strongest, np.sort(window.near))]
        rows = np.concatenate([window.near, others])
        cosines = index.indexes[window.kept.language].cosines(index.places[others], vector)

        def are_complete(places: npt.NDArray[np.intp]) -> Mask:
            return self.are_complete(rows[places])

        return WindowMatches(others, cosines, self.of(rows), are_complete)

    def strongest(self, n: int, kept: Callable[[Rows32], Mask]) -> Rows:
        """Return the rows of the `n` strongest matches that are kept, in order of row; of equal ones, the first.

        `kept` says of some rows which may be returned, shape (n_rows,).
        """
        found = self._may_be_strongest(n, kept) if self._all is None else self._all.where(kept(self._all.rows))
        strengths = (found.values / self._total).astype(np.float32).round(SCORE_DECIMALS)
        return strongest_of(found.rows.astype(np.int64), strengths, n)

    def _may_be_strongest(self, n: int, kept: Callable[[Rows32], Mask]) -> _Sums:
        """Return the `n` matches with the greatest sums among those that are kept, and perhaps some more.

        A word in many paragraphs adds little to each. So words are read from the rarest on, and once `n` paragraphs
        have more than all words that are left can add, no further paragraph can be among the strongest (MaxScore:
        Turtle and Flood 1995, "Query evaluation: strategies and optimizations").
        """
        found, rest = _NO_SUMS, self._total
        for word in sorted(self._words, key=lambda word: -word.greatest):
            least = _nth_largest(found.values, n) - rest - _SLACK * self._total
            if least <= 0:
                found = _joined(found, self._sums_of(word, kept))
            else:
                found = found.where(found.values >= least)
                self._add(word, found.rows, found.values)
            rest -= word.greatest
        return found

    def _sums_of(self, word: _WordMatches, kept: Callable[[Rows32], Mask]) -> _Sums:
        """Return what a word gives to each paragraph that holds it and is kept."""
        at = np.flatnonzero(kept(word.postings.rows))
        rows, counts = word.postings.rows.take(at), word.postings.counts.take(at)
        return _Sums(rows, self._values(word.greatest, rows, counts))

    def _sums_of_all(self) -> _Sums:
        """Return what all words together give to each paragraph that holds any."""
        if not self._words:
            return _NO_SUMS
        rows = np.concatenate([word.postings.rows for word in self._words])
        counts = np.concatenate([word.postings.counts for word in self._words])
        greatest = np.repeat([word.greatest for word in self._words], [len(word.postings.rows) for word in self._words])
        return _summed(rows, self._values(greatest, rows, counts))

    def _add(self, word: _WordMatches, rows: npt.NDArray[np.integer[Any]], sums: npt.NDArray[np.float64]) -> None:
        """Add to the sums of some paragraphs what a word gives to each."""
        known, places = find_in_order(rows, word.postings.rows)
        sums[known] += self._values(word.greatest, rows.compress(known), word.postings.counts.take(places))

    def _values(
        self,
        greatest: float | npt.NDArray[np.float64],
        rows: npt.NDArray[np.integer[Any]],
        counts: npt.NDArray[np.uint16],
    ) -> npt.NDArray[np.float64]:
        """Return what words give to paragraphs that hold them `counts` times, shape (n,)."""
        norms = K1 * (1 - B + B / self._mean_length * self._lengths[rows])
        values: npt.NDArray[np.float64] = greatest * counts / (counts + norms)
        return values


_NO_SUMS = _Sums(np.empty(0, dtype=np.int32), np.empty(0))


def _joined(first: _Sums, second: _Sums) -> _Sums:
    """Return the sums of two parts, each paragraph once."""
    if not len(first.rows):
        return second
    return _summed(np.concatenate([first.rows, second.rows]), np.concatenate([first.values, second.values]))


def _summed(rows: Rows32, values: npt.NDArray[np.float64]) -> _Sums:
    """Return each paragraph once, in order, with the sum of its values."""
    in_order = rows.argsort(kind="stable")
    rows, values = rows.take(in_order), values.take(in_order)
    starts = np.flatnonzero(are_first(rows))
    return _Sums(rows.take(starts), np.add.reduceat(values, starts)) if len(starts) < len(rows) else _Sums(rows, values)


def _nth_largest(values: npt.NDArray[np.float64], n: int) -> float:
    """Return the `n`th largest value, or 0 if there are fewer."""
    return float(np.partition(values, -n)[-n]) if len(values) >= n else 0.0


def strongest_of(rows: Rows, strengths: npt.NDArray[np.float32], n: int) -> Rows:
    """Return the `n` rows with the greatest strengths, in order of row; `rows` must be in order."""
    if len(rows) <= n:
        return rows
    least = np.partition(strengths, -n)[-n]
    stronger, equal = np.flatnonzero(strengths > least), np.flatnonzero(strengths == least)
    best: Rows = rows[np.sort(np.concatenate([stronger, equal[: n - len(stronger)]]))]
    return best


def telling_words(index: WordIndex[AnyWord], words: Iterable[Forms]) -> tuple[AnyWord, ...]:
    """Return the words that are not common in the corpus, each once; all of them if there are no others."""
    distinct = tuple(index.look_up(dict.fromkeys(words)))
    limit = _least_common(index.n_paragraphs)
    return tuple(word for word in distinct if index.n_postings(word) < limit) or distinct[:_MOST_COMMON_WORDS]


def find_matches(
    index: _Documents, words: Iterable[IndexWord], passing: Mask | None = None, whole: WholeCorpus | None = None
) -> Matches:
    """Return the paragraphs that hold any of some words in any of their forms, and how well they match.

    `passing`, shape (n_paragraphs,), marks the paragraphs that may match, among them all that hold every word; None
    means all. A word that no paragraph holds makes all matches weaker. `whole` is the corpus that the index is a part
    of; None means that it is all of it.
    """
    found = [index.postings(word) for word in words]
    if whole is None:
        whole = WholeCorpus(index.n_paragraphs, index.mean_length, tuple(len(postings.rows) for postings in found))
    greatest = [_idf(whole.n_paragraphs, df) * (K1 + 1) for df in whole.df]
    is_common = min(whole.df, default=0) >= _least_common(whole.n_paragraphs)
    complete = _NO_SUMS.rows if is_common else _complete(found)
    if passing is not None:
        found = [postings.where(passing.take(postings.rows)) for postings in found]
    return Matches(index.lengths, whole.mean_length, list(map(_WordMatches, found, greatest)), complete)


def _complete(found: Sequence[Postings]) -> Rows32:
    """Return the rows of paragraphs that hold every word, in order."""
    fewest_first = sorted((postings.rows for postings in found), key=len)
    if not fewest_first:
        return _NO_SUMS.rows
    complete, *others = fewest_first
    for rows in others:
        complete = complete[are_among(complete, rows)]
    return complete


def _least_common(n_paragraphs: int) -> float:
    """Return in how many of all paragraphs a common word stands at least."""
    return max(COMMON * n_paragraphs, _LEAST_COMMON) + 1


def _idf(n_paragraphs: int, df: int) -> float:
    return log(1 + (n_paragraphs - df + 0.5) / (df + 0.5))
