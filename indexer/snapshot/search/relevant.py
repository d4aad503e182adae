"""Which paragraphs count as relevant, wherever they are counted or put in an order that is not that of relevance.

A paragraph is relevant by its score, or because it holds every word of the query that is not common: who searches for a
name wants all that has it, however little the rest is about it.
"""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.understand import QueryVector

LEAST_RELEVANCE = 0.5
"""A score is relevant if it is more likely than not that no unrelated paragraph of the corpus scores as high."""

_Scores = npt.NDArray[np.float32] | npt.NDArray[np.float64]

_NO_ROWS: Rows = np.empty(0, dtype=np.int64)


def are_relevant(snapshot: Snapshot, query: QueryVector, rows: Rows, scores: _Scores) -> Mask:
    """Return for each of some paragraphs, given by row and score, whether it is relevant, shape (n,)."""
    relevant, matches = _are_relevant_by_score(snapshot, query, rows, scores), query.evidence.matches
    return relevant if matches is None else relevant | matches.are_complete(rows)


def own_relevance(snapshot: Snapshot, query: QueryVector, rows: Rows) -> tuple[npt.NDArray[np.float64], Mask]:
    """Return the score of each of some paragraphs by its meaning alone, and which are relevant, both of shape (n,).

    Scores are what they were before words moved paragraphs. They come from the vectors of the index, so they are exact
    whatever kind of index it is.
    """
    columns, calibration = snapshot.corpus.columns, snapshot.manifest.calibration.of(query.length)
    scales = np.array([calibration.scale(query.language, language) for language in columns.languages])
    matches, complete = query.evidence.matches, np.zeros(len(rows), dtype=np.bool_)
    if matches is None:
        cosines = snapshot.index.cosines(rows, query.vector)
    else:  # one question to the shards of a divided version, and not two
        cosines, complete = matches.cosines_and_complete(rows, snapshot.index, query.vector)
    scores: npt.NDArray[np.float64] = cosines.astype(np.float64) * scales[columns.paragraph_language[rows]]
    return scores, complete | _are_relevant_by_score(snapshot, query, rows, scores)


def _are_relevant_by_score(snapshot: Snapshot, query: QueryVector, rows: Rows, scores: _Scores) -> Mask:
    columns, least = snapshot.corpus.columns, least_scores(snapshot, query)
    least_by_code = np.array([least.get(language, math.inf) for language in columns.languages])
    relevant: Mask = scores >= least_by_code[columns.paragraph_language[rows]]
    return relevant


def relevant_by_words(snapshot: Snapshot, query: QueryVector, language: str, masks: LanguageMasks | None) -> Rows:
    """Return the rows of the paragraphs of a language that pass `masks` and hold every word that is not common."""
    matches = query.evidence.matches
    if matches is None:
        return _NO_ROWS
    columns = snapshot.corpus.columns
    complete: Rows = matches.complete.astype(np.int64)
    rows: Rows = complete[columns.paragraph_language[complete] == columns.languages.index(language)]
    return rows if masks is None else rows[masks[language][snapshot.index.places[rows]]]


def least_scores(snapshot: Snapshot, query: QueryVector) -> Mapping[str, float]:
    """Return for each language the least score of a paragraph that is relevant by its score.

    It depends on the query and on the whole corpus, and not on filters: a paragraph that is relevant without a filter
    is relevant with it. Where a phrase or the exact mode has chosen the paragraphs, all of them are relevant.
    """
    if query.evidence.chooses:
        return dict.fromkeys(snapshot.manifest.counts.paragraphs_by_language, -math.inf)
    calibration = snapshot.manifest.calibration.of(query.length)
    return {
        language: calibration.least_score(LEAST_RELEVANCE, query.language, language, n_paragraphs)
        for language, n_paragraphs in snapshot.manifest.counts.paragraphs_by_language.items()
    }
