"""Stage 4: words move paragraphs up among those of their own language.

Of each language, the best `MOST_RERANKED` paragraphs by meaning and as many by words are put in the order of

    key = cosine + weight * level * strength

with the level of the pair of languages (`scores/calibration.py`), the strength of the match (`index/bm25.py`), and a
weight that depends on the length of the query. They then take the cosines of the order by meaning, greatest first: so
each place of a language keeps its score, and how the languages are merged does not depend on words. A query has its own
words in its own language only; otherwise, they would lift all of that language above answers in the other one. All
further paragraphs keep the order by meaning.

The windows have a fixed size, so the order does not depend on how many hits are wanted; that by meaning has at most the
rows of the index's first tier (`index/vector_index.py`).

A strong match of every word of a query that is not common says more than a low score does. So the cosine of the first
paragraph of a language, if it is such a match, is raised to a floor, a cosine that unrelated paragraphs hardly ever
have. A paragraph of another language comes before it only with a better one.
"""

from collections.abc import Sequence

import numpy as np

from indexer.snapshot.index.in_order import are_among
from indexer.snapshot.index.multilingual_index import LanguageMasks, MultilingualIndex, PassingRows
from indexer.snapshot.index.vector_index import SCORE_DECIMALS
from indexer.snapshot.index.word_index import NO_MATCHES, Window, WindowMatches
from indexer.snapshot.search.candidates import Candidates
from indexer.snapshot.text.query_length import QueryLength

MOST_RERANKED = 256
WEIGHT = 4.0
"""The strongest match gains four levels; docs/relevance.md has the measurements."""

SHORT_WEIGHT = 8.0
"""The same for queries of one to three words: encoders often know little of a name, and its letters say what it is."""

FLOOR_RELEVANCE = 0.99
"""The relevance of the floor, in whatever language it is highest. Names that sound alike hardly ever reach it."""

FLOOR_STRENGTH = 0.55
"""Strength of a match that has the floor: that of words which stand twice, as in a title and in the text below it, in a
paragraph half as long again as the mean. A word in passing is weaker."""


def windows_of(
    candidates: Sequence[Candidates], index: MultilingualIndex, masks: LanguageMasks | None = None
) -> list[Window]:
    """Return what words may move in each language: the first candidates, and matches that pass `masks`."""
    return [
        Window(
            each.rows[: min(MOST_RERANKED, index.indexes[each.language].first_tier)],
            PassingRows(index, each.language, None if masks is None else masks[each.language]),
            MOST_RERANKED,
        )
        for each in candidates
    ]


def greatest_gain(length: QueryLength, level: float) -> float:
    """Return what the strongest match of a query gains, a cosine; `level` is that of the pair of languages."""
    return level * (SHORT_WEIGHT if length is QueryLength.SHORT else WEIGHT)


def rerank(candidates: Candidates, words: WindowMatches, gain: float, floor: float) -> Candidates:
    """Return the candidates of one language with those that match the query's words moved up.

    `candidates` are the best by meaning, a window of them at least or all, and `words` how those of their window match.
    `gain` is `greatest_gain`, and `floor` the least cosine of the first paragraph, if it is a strong match of every
    word.
    """
    if words is NO_MATCHES:
        return candidates
    n_near = len(words.strengths) - len(words.others)
    window = np.concatenate([candidates.rows[:n_near], words.others])
    cosines = np.concatenate([candidates.cosines[:n_near], words.cosines])
    # Rounded as scores are: equal keys must not be ordered by the last bit of a sum.
    keys = (cosines + gain * words.strengths).round(SCORE_DECIMALS)
    in_order = np.lexsort((window, -keys))
    rows, further = window[in_order], candidates.rows[n_near:]
    if len(further):
        rows = np.concatenate([rows, further[~are_among(further, words.others)]])
    rows, cosines = rows[: len(candidates.rows)], candidates.cosines.copy()
    first = in_order[:1]
    if (words.are_complete(first) & (words.strengths[first] >= FLOOR_STRENGTH)).any():
        cosines[0] = max(cosines[0], np.float32(round(floor, SCORE_DECIMALS)))
    return Candidates(candidates.language, rows, cosines)
