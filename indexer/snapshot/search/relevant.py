"""Which paragraphs count as relevant, wherever they are counted or put in an order that is not that of relevance."""

import math
from collections.abc import Mapping

from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.understand import QueryVector

LEAST_RELEVANCE = 0.5
"""A paragraph is relevant if it is more likely than not that no unrelated paragraph of the corpus scores as high."""


def least_scores(snapshot: Snapshot, query: QueryVector) -> Mapping[str, float]:
    """Return for each language the least score of a relevant paragraph.

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
