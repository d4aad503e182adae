"""How well the words of a query match each paragraph: BM25 (Robertson and Zaragoza 2009), from 0 to 1.

    bm25(paragraph) = sum over words of idf * count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean length))
    idf = ln(1 + (n - df + 0.5) / (df + 0.5))

with n paragraphs, of which df hold the word in any of its forms. The strength of a match is its share of the greatest
value that the query could reach, the sum of idf * (K1 + 1): 1 for a short paragraph that holds every word many times.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from indexer.snapshot.index.in_order import find_in_order
from indexer.snapshot.index.lexical_index import IndexWord, LexicalIndex
from indexer.snapshot.index.vector_index import Mask
from indexer.snapshot.text.word_forms import Forms

K1, B = 1.2, 0.75
"""The usual values."""

COMMON = 0.2
"""A word in more than this share of all paragraphs says little about any of them, and reading it takes longest."""

_LEAST_COMMON = 50
"""In a small corpus, words of the subject are common too."""

_MOST_COMMON_WORDS = 8
"""Common words that are read if there are no others; each may be in all paragraphs."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Paragraphs that hold words of a query: `rows`, int32, in order, and `strengths`, float32, above 0, up to 1.

    `complete` marks those that hold every word, unless all words are common. All three have shape (n,).
    """

    rows: npt.NDArray[np.int32]
    strengths: npt.NDArray[np.float32]
    complete: Mask

    def of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the strength of each of some paragraphs, shape (n,); 0 without a match."""
        strengths = np.zeros(len(rows), dtype=np.float32)
        known, places = find_in_order(rows, self.rows)
        strengths[known] = self.strengths[places]
        return strengths

    def where(self, kept: Mask) -> "Matches":
        """Return those of the matches that are marked, shape (n,)."""
        return Matches(self.rows[kept], self.strengths[kept], self.complete[kept])

    def are_complete(self, rows: npt.NDArray[np.int64]) -> Mask:
        """Return for each of some paragraphs whether it holds every word, shape (n,)."""
        complete = np.zeros(len(rows), dtype=np.bool_)
        known, places = find_in_order(rows, self.rows)
        complete[known] = self.complete[places]
        return complete


_NO_MATCHES = Matches(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.bool_))


def telling_words(index: LexicalIndex, words: Iterable[Forms]) -> tuple[IndexWord, ...]:
    """Return the words that are not common in the corpus, each once; all of them if there are no others."""
    distinct = tuple(index.look_up(dict.fromkeys(words)))
    limit = _least_common(index)
    return tuple(word for word in distinct if index.n_postings(word) < limit) or distinct[:_MOST_COMMON_WORDS]


def find_matches(index: LexicalIndex, words: Iterable[IndexWord]) -> Matches:
    """Return the paragraphs that hold any of some words in any of their forms, and how well they match.

    A word that no paragraph holds makes all matches weaker.
    """
    found = [index.postings(word) for word in words]
    if not found:
        return _NO_MATCHES
    n_postings = [len(postings.rows) for postings in found]
    greatest = np.array([_idf(index, n) * (K1 + 1) for n in n_postings])
    rows = np.concatenate([postings.rows for postings in found])
    counts = np.concatenate([postings.counts for postings in found])
    norms = K1 * (1 - B + B / index.mean_length * index.lengths[rows])
    sums = np.bincount(rows, weights=np.repeat(greatest, n_postings) * counts / (counts + norms))
    matching = np.flatnonzero(sums)
    are_common = min(n_postings) >= _least_common(index)
    complete = (np.bincount(rows)[matching] == len(found)) & (not are_common)
    strengths = sums[matching] / greatest.sum()
    return Matches(matching.astype(np.int32), strengths.astype(np.float32), complete)


def _least_common(index: LexicalIndex) -> float:
    """Return in how many paragraphs a common word stands at least."""
    return max(COMMON * index.n_paragraphs, _LEAST_COMMON) + 1


def _idf(index: LexicalIndex, df: int) -> float:
    return log(1 + (index.n_paragraphs - df + 0.5) / (df + 0.5))
