"""A vector for each article, and how near to it unrelated articles come by chance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.encoder.query_encoder import FloatArray, unit

PARAGRAPHS = 4
"""Paragraphs of an article that count: a news article says what happened in its first ones."""

PARAGRAPH_WEIGHT = 0.7
"""The weight of a paragraph as a share of that of the one before."""

REFERENCES = 1_000
"""Articles of each language that stand for all unrelated ones."""

NEAREST_REFERENCES = 5
"""The level of chance is the mean cosine of so many references: the nearest ones but the very nearest."""

FEW_REFERENCES = 100
"""With fewer references the nearest ones say little."""

USUAL_LEVEL_WITHIN = 0.31
USUAL_LEVEL_ACROSS = 0.22
"""Levels with few references: the medians of multilingual-e5-small on news, within one language and across two."""

_BLOCK = 4_096


Positions = npt.NDArray[np.int64]
"""Positions of articles in order of time, shape (n,)."""


@dataclass(frozen=True, slots=True)
class DatedArticles:
    """Articles in order of time: `rows` in the corpus, int64; `vectors`, shape (n, dim), float32, unit norm.

    `timestamps` are Unix seconds, int64, and `languages` codes, int32, each of shape (n,).
    """

    rows: npt.NDArray[np.int64]
    vectors: FloatArray
    timestamps: npt.NDArray[np.int64]
    languages: npt.NDArray[np.int32]

    def of_language(self, code: int) -> Positions:
        """Return the positions of the articles of a language, in order of time."""
        return np.flatnonzero(self.languages == code)


def article_vectors(neutral_passages: FloatArray, article_rows: npt.NDArray[np.int32], n_articles: int) -> FloatArray:
    """Return the vectors of all articles, shape (n_articles, dim), float32, unit norm, or zero without paragraphs.

    The vector of an article is the unit vector of the weighted mean of its first paragraphs. `neutral_passages`,
    shape (n, dim), and `article_rows`, shape (n,), have every paragraph, in order of article and position.
    """
    position = np.arange(len(article_rows)) - np.searchsorted(article_rows, article_rows)
    rows = np.flatnonzero(position < PARAGRAPHS)
    weights = (PARAGRAPH_WEIGHT ** position[rows]).astype(np.float32)
    shape = (n_articles, len(neutral_passages))
    vectors: FloatArray = csr_array((weights, (article_rows[rows], rows)), shape=shape) @ neutral_passages
    written = np.unique(article_rows)
    vectors[written] = unit(vectors[written])
    return vectors


def chance_levels(articles: DatedArticles, n_languages: int) -> FloatArray:
    """Return how near unrelated articles come to each article by chance, shape (n, n_languages), float32.

    An entry is the mean cosine of the article and its nearest references of a language, which are articles evenly
    spaced in time. The very nearest one does not count, because it may report the same event.
    """
    levels = np.empty((len(articles.rows), n_languages), dtype=np.float32)
    for code in range(n_languages):
        references = evenly_spaced(articles.of_language(code), REFERENCES)
        if len(references) < FEW_REFERENCES:
            levels[:, code] = np.where(articles.languages == code, USUAL_LEVEL_WITHIN, USUAL_LEVEL_ACROSS)
            continue
        transposed = articles.vectors[references].T
        for start in range(0, len(articles.rows), _BLOCK):
            positions = np.arange(start, min(start + _BLOCK, len(articles.rows)))
            cosines = articles.vectors[positions] @ transposed
            own = np.flatnonzero((references >= start) & (references < start + _BLOCK))
            cosines[references[own] - start, own] = -np.inf
            nearest = np.partition(cosines, -NEAREST_REFERENCES - 1, axis=1)[:, -NEAREST_REFERENCES - 1 :]
            levels[positions, code] = (nearest.sum(axis=1) - nearest.max(axis=1)) / NEAREST_REFERENCES
    return levels
