"""Facets of a search: how many relevant articles there are of each source, language, tag, author, day or month.

Beside the stages of the ranking: an article counts if one of its paragraphs is relevant, wherever its hit is. Each
facet is counted without the filter of its own field, so that it shows what another choice would find.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from indexer.snapshot.index.facets import Facet, FacetValue, most_frequent
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.index.vector_index import DEEP_CANDIDATES, Rows
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.candidates import Candidates, find_candidates
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.relevant import are_relevant, least_scores, relevant_by_words
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

    Facets whose own filter is not set are counted together. `among` restricts what may be found, as in `search`.
    """
    if not query.facets:
        return {}
    everywhere = relevant_everywhere(snapshot, understood, among)
    found: dict[Filters, ArticlesByLanguage] = {}
    facets = {}
    for facet in query.facets:
        filters = replace(query.filters, **{name: getattr(_NO_FILTERS, name) for name in _OWN_FIELDS[facet]})
        if filters not in found:
            found[filters] = relevant_articles(snapshot, understood, filters, among, everywhere)
        facets[facet] = _count(snapshot, facet, found[filters])
    return facets


def relevant_everywhere(
    snapshot: Snapshot, query: QueryVector, among: LanguageMasks | None = None
) -> Mapping[str, Rows]:
    """Return for each language the rows of all paragraphs that are relevant by their score, whatever filters are set.

    Whether a paragraph is relevant does not depend on filters, so these rows answer for any filters, without another
    search. A language is left out where more paragraphs may be relevant than were looked at, or than count.
    """
    found: dict[str, Rows] = {}
    if query.evidence.chooses:  # everything that it has chosen is relevant
        return found
    passing = snapshot.filters.passing(_NO_FILTERS, among)
    masks = None if passing is None else passing.masks
    least = least_scores(snapshot, query)
    languages = set(snapshot.index.indexes)
    for k in (1, MAX_COUNTED_PARAGRAPHS):  # what the first tier of the index has, and more where that is not enough
        near = find_candidates(
            snapshot.index, query.vector, k, masks, window=MAX_COUNTED_PARAGRAPHS, languages=languages
        )
        for each in near:
            relevant = _scores(snapshot, query, each) >= least[each.language]
            if not relevant.all() and np.count_nonzero(relevant) <= MAX_COUNTED_PARAGRAPHS:
                found[each.language] = each.rows[relevant]
        languages = {each.language for each in near if len(each.rows) < MAX_COUNTED_PARAGRAPHS} - found.keys()
    return found


def relevant_articles(
    snapshot: Snapshot,
    query: QueryVector,
    filters: Filters,
    among: LanguageMasks | None = None,
    everywhere: Mapping[str, Rows] = MappingProxyType({}),
) -> ArticlesByLanguage:
    """Return for each language the rows of the articles with a relevant paragraph in it, in order.

    A paragraph counts if it is relevant by its score and one of the best 1,024 of its language that pass `filters`, or
    if it passes them and is relevant by its words. `everywhere` has the rows that `relevant_everywhere` knows already.
    """
    passing = snapshot.filters.passing(filters, among)
    masks = None if passing is None else passing.masks
    languages = snapshot.index.indexes.keys() if masks is None else masks.keys()
    by_score = {
        language: rows if masks is None else rows[masks[language][snapshot.index.places[rows]]]
        for language, rows in everywhere.items()
        if language in languages
    }
    missing = languages - by_score.keys()
    for each in find_candidates(snapshot.index, query.vector, MAX_COUNTED_PARAGRAPHS, masks, languages=missing):
        by_score[each.language] = each.rows[are_relevant(snapshot, query, each.rows, _scores(snapshot, query, each))]
    articles = {}
    for language, rows in by_score.items():
        relevant = np.union1d(rows, relevant_by_words(snapshot, query, language, masks))
        articles[language] = np.unique(snapshot.corpus.columns.article_of_paragraph[relevant]).astype(np.int64)
    return articles


def _scores(snapshot: Snapshot, query: QueryVector, candidates: Candidates) -> npt.NDArray[np.float64]:
    """Return the scores of candidates in double precision, as in the ranking."""
    calibration = snapshot.manifest.calibration.of(query.length)
    return candidates.cosines.astype(np.float64) * calibration.scale(query.language, candidates.language)


def _count(snapshot: Snapshot, facet: Facet, found: ArticlesByLanguage) -> tuple[FacetValue, ...]:
    if facet is Facet.LANGUAGE:
        return most_frequent({language: len(rows) for language, rows in found.items()}, MAX_FACET_VALUES)
    rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found.values()]))
    return snapshot.facets.among(facet, rows, MAX_FACET_VALUES)
