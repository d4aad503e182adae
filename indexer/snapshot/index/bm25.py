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

from indexer.snapshot.index.lexical_index import LexicalIndex, Postings

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
    """Paragraphs that hold words of a query: `rows`, int32, in order, and `strengths`, float32, above 0, up to 1."""

    rows: npt.NDArray[np.int32]
    strengths: npt.NDArray[np.float32]

    def of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the strength of each of some paragraphs, shape (n,); 0 without a match."""
        strengths = np.zeros(len(rows), dtype=np.float32)
        places = np.searchsorted(self.rows, rows)
        known = places < len(self.rows)
        known[known] = self.rows[places[known]] == rows[known]
        strengths[known] = self.strengths[places[known]]
        return strengths


Forms = tuple[str, ...]
"""A word in all its forms."""


def telling_words(index: LexicalIndex, words: Iterable[Forms]) -> tuple[Forms, ...]:
    """Return the words that are not common in the corpus, each once; all of them if there are no others."""
    distinct = tuple(dict.fromkeys(words))
    limit = max(COMMON * index.n_paragraphs, _LEAST_COMMON)
    return tuple(forms for forms in distinct if index.n_postings(forms) <= limit) or distinct[:_MOST_COMMON_WORDS]


def find_matches(index: LexicalIndex, words: Iterable[Forms]) -> Matches:
    """Return the paragraphs that hold any of some words, each given as its forms, and how well they match.

    A word that no paragraph holds makes all matches weaker.
    """
    strengths = np.zeros(index.n_paragraphs, dtype=np.float32)
    greatest = 0.0
    for postings in map(index.postings, words):
        idf = _idf(index, postings)
        greatest += idf * (K1 + 1)
        norms = K1 * (1 - B + B / index.mean_length * index.lengths[postings.rows])
        strengths[postings.rows] += (idf * (K1 + 1)) * postings.counts / (postings.counts + norms)
    rows = np.flatnonzero(strengths).astype(np.int32)
    return Matches(rows, strengths[rows] / np.float32(greatest or 1))


def _idf(index: LexicalIndex, postings: Postings) -> float:
    df = len(postings.rows)
    return log(1 + (index.n_paragraphs - df + 0.5) / (df + 0.5))
