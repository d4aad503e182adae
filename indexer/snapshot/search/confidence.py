"""Whether the best paragraphs answer a query, or are only the nearest ones of a corpus without an answer.

There are two signs of an answer. One of the first paragraphs holds every word of the query that is not common; a
quoted phrase has chosen them all. Or the best two are so much nearer than unrelated ones as the best two of hardly any
query whose answer was left out on purpose (`scores/calibration.py`).

It is asked of the ranking of paragraphs that pass the filters, before they are grouped and put in another order.
"""

from math import inf
from statistics import fmean

from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.scores.calibration import BEST_PARAGRAPHS, CONFIDENT
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.understand import QueryVector

FIRST_PARAGRAPHS = 10
"""Paragraphs that are looked at."""


def is_confident(
    snapshot: Snapshot, query: QueryVector, best: Ranking, passing: PassingParagraphs | None = None
) -> bool:
    """Return whether the first paragraphs of a ranking of those that are `passing` are an answer; None means all."""
    return confidence_margin(snapshot, query, best, passing) >= 0


def confidence_margin(
    snapshot: Snapshot, query: QueryVector, best: Ranking, passing: PassingParagraphs | None = None
) -> float:
    """Return how far the first paragraphs of a ranking are above what is no answer: infinite where words decide.

    It is a number of deviations, or a difference of relevances in a version that has not measured deviations.
    """
    first = best.rows[:FIRST_PARAGRAPHS]
    if not len(first):
        return -inf
    evidence = query.evidence
    if evidence.chooses or (evidence.matches is not None and evidence.matches.are_complete(first).any()):
        return inf
    columns, calibration = snapshot.corpus.columns, snapshot.manifest.calibration.of(query.length)
    languages = [columns.languages[code] for code in columns.paragraph_language[first[:BEST_PARAGRAPHS]].tolist()]
    scores = best.scores[:BEST_PARAGRAPHS].tolist()
    spoken = list(snapshot.index.indexes if passing is None else passing.masks)
    least = calibration.least_deviations(query.language, spoken[0] if len(spoken) == 1 else None)
    if least is None:
        n_paragraphs = snapshot.manifest.counts.paragraphs_by_language[languages[0]]
        return calibration.relevance(scores[0], query.language, languages[0], n_paragraphs) - CONFIDENT
    pairs = zip(scores, languages, strict=True)
    return fmean(calibration.deviations(score, query.language, each) for score, each in pairs) - least
