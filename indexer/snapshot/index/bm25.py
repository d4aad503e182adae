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

from indexer.snapshot.index.lexical_index import IndexWord, LexicalIndex, Postings
from indexer.snapshot.index.vector_index import Mask, Rows
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
        known, places = self._places(rows)
        strengths[known] = self.strengths[places]
        return strengths

    def are_complete(self, rows: npt.NDArray[np.int64]) -> Mask:
        """Return for each of some paragraphs whether it holds every word, shape (n,)."""
        complete = np.zeros(len(rows), dtype=np.bool_)
        known, places = self._places(rows)
        complete[known] = self.complete[places]
        return complete

    def _places(self, rows: npt.NDArray[np.int64]) -> tuple[Mask, Rows]:
        """Return which of some paragraphs match, and where these are."""
        places = np.searchsorted(self.rows, rows)
        known = places < len(self.rows)
        known[known] = self.rows[places[known]] == rows[known]
        return known, places[known]


def telling_words(index: LexicalIndex, words: Iterable[Forms]) -> tuple[IndexWord, ...]:
    """Return the words that are not common in the corpus, each once; all of them if there are no others."""
    distinct = tuple(index.look_up(dict.fromkeys(words)))
    limit = _least_common(index)
    return tuple(word for word in distinct if index.n_postings(word) < limit) or distinct[:_MOST_COMMON_WORDS]


def find_matches(index: LexicalIndex, words: Iterable[IndexWord]) -> Matches:
    """Return the paragraphs that hold any of some words in any of their forms, and how well they match.

    A word that no paragraph holds makes all matches weaker.
    """
    strengths = np.zeros(index.n_paragraphs, dtype=np.float32)
    n_held = np.zeros(index.n_paragraphs, dtype=np.uint16)
    greatest, n_words, are_common = 0.0, 0, True
    for postings in map(index.postings, words):
        n_words += 1
        are_common &= len(postings.rows) >= _least_common(index)
        idf = _idf(index, postings)
        greatest += idf * (K1 + 1)
        norms = K1 * (1 - B + B / index.mean_length * index.lengths[postings.rows])
        n_held[postings.rows] += 1
        strengths[postings.rows] += (idf * (K1 + 1)) * postings.counts / (postings.counts + norms)
    rows = np.flatnonzero(strengths).astype(np.int32)
    complete = (n_held[rows] == n_words) & (not are_common)
    return Matches(rows, strengths[rows] / np.float32(greatest or 1), complete)


def _least_common(index: LexicalIndex) -> float:
    """Return in how many paragraphs a common word stands at least."""
    return max(COMMON * index.n_paragraphs, _LEAST_COMMON) + 1


def _idf(index: LexicalIndex, postings: Postings) -> float:
    df = len(postings.rows)
    return log(1 + (index.n_paragraphs - df + 0.5) / (df + 0.5))
