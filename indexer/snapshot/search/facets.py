"""Facets of a search: how many relevant articles there are of each source, language, tag, author, day or month.

Beside the stages of the ranking: an article counts if one of its paragraphs is relevant, wherever its hit is. Each
facet is counted without the filter of its own field, so that it shows what another choice would find.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from indexer.snapshot.index.facets import Facet, FacetValue, most_frequent
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.index.vector_index import DEEP_CANDIDATES, Rows
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.candidates import find_candidates
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.relevant import are_relevant, relevant_by_words
from indexer.snapshot.search.understand import QueryVector

MAX_FACET_VALUES = 20
"""Values of one facet in the answer to a search."""

MAX_COUNTED_PARAGRAPHS = DEEP_CANDIDATES
"""Paragraphs of each language among which relevant ones are counted: 1,024."""

_NO_FILTERS = Filters()
_OWN_FIELDS: Mapping[Facet, tuple[str, ...]] = {
    Facet.SOURCE: ("sources", "excluded_sources"),
    Facet.LANGUAGE: ("languages",),
    Facet.TAG: ("tags", "excluded_tags"),
    Facet.AUTHOR: ("authors", "excluded_authors"),
    Facet.DAY: ("published_from", "published_to"),
    Facet.MONTH: ("published_from", "published_to"),
}
"""The filters that a facet is counted without."""

ArticlesByLanguage = Mapping[str, Rows]
"""Rows of articles that have a relevant paragraph in a language."""


def count_facets(
    snapshot: Snapshot, query: Query, understood: QueryVector, among: LanguageMasks | None = None
) -> dict[Facet, tuple[FacetValue, ...]]:
    """Return for each facet of `query` its values with the most relevant articles, ties by value.

    Facets whose own filter is not set share one search. `among` restricts what may be found, as in `search`.
    """
    found: dict[Filters, ArticlesByLanguage] = {}
    facets = {}
    for facet in query.facets:
        filters = replace(query.filters, **{name: getattr(_NO_FILTERS, name) for name in _OWN_FIELDS[facet]})
        if filters not in found:
            found[filters] = relevant_articles(snapshot, understood, filters, among)
        facets[facet] = _count(snapshot, facet, found[filters])
    return facets


def relevant_articles(
    snapshot: Snapshot, query: QueryVector, filters: Filters, among: LanguageMasks | None = None
) -> ArticlesByLanguage:
    """Return for each language the rows of the articles with a relevant paragraph in it, in order.

    A paragraph counts if it is relevant by its score and one of the best 1,024 of its language that pass `filters`, or
    if it passes them and is relevant by its words.
    """
    passing = snapshot.filters.passing(filters, among)
    masks = None if passing is None else passing.masks
    calibration = snapshot.manifest.calibration.of(query.length)
    articles = {}
    for each in find_candidates(snapshot.index, query.vector, MAX_COUNTED_PARAGRAPHS, masks):
        # In double precision, as in the ranking.
        scores = each.cosines.astype(np.float64) * calibration.scale(query.language, each.language)
        relevant = each.rows[are_relevant(snapshot, query, each.rows, scores)]
        relevant = np.union1d(relevant, relevant_by_words(snapshot, query, each.language, masks))
        articles[each.language] = np.unique(snapshot.corpus.columns.article_of_paragraph[relevant]).astype(np.int64)
    return articles


def _count(snapshot: Snapshot, facet: Facet, found: ArticlesByLanguage) -> tuple[FacetValue, ...]:
    if facet is Facet.LANGUAGE:
        return most_frequent({language: len(rows) for language, rows in found.items()}, MAX_FACET_VALUES)
    rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found.values()]))
    return snapshot.facets.among(facet, rows, MAX_FACET_VALUES)
