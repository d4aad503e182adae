"""The one search: its stages, one after the other.

    understand (words) -> candidates -> rerank -> fuse -> order -> collapse -> sort -> page

It is the only code that finds paragraphs: for the service, the command line, alerts, canaries and
benchmarks. It knows neither HTTP nor building.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from time import perf_counter

from indexer.snapshot.errors import ClusterError
from indexer.snapshot.index.facets import Facet, FacetValue
from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.index.vector_index import Mask
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.candidates import find_candidates
from indexer.snapshot.search.collapse import collapse
from indexer.snapshot.search.confidence import FIRST_PARAGRAPHS, is_confident
from indexer.snapshot.search.facets import count_facets
from indexer.snapshot.search.fuse import fuse
from indexer.snapshot.search.order import Ranking, order
from indexer.snapshot.search.own_story import other_stories
from indexer.snapshot.search.page import Hit, page
from indexer.snapshot.search.query import Group, Mode, Query, Sort
from indexer.snapshot.search.query_warnings import query_warnings
from indexer.snapshot.search.rerank import FLOOR_RELEVANCE, MOST_RERANKED, greatest_gain, rerank, windows_of
from indexer.snapshot.search.sort import LEAST_GROUPS, MOST_SORTED, relevant_groups, sort_groups
from indexer.snapshot.search.understand import EncodeText, QueryVector, understand
from indexer.snapshot.shards.silence import noting_silent_shards

_DEEPER = 4
"""Paragraphs ranked for each hit that is wanted, and how many times more where they give too few groups."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds spent in the search; `total` also counts the time between the other stages."""

    encode: float
    search: float
    fetch: float
    total: float


TIMED_STAGES = tuple(stage.name for stage in fields(Timing))
"""The names of timed stages, wherever they are reported."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits of a query, and the language that it was read as ("und" where it is unknown).

    `text` is what people read as the query: its text, or of an article or a long text the title or the beginning.
    `mode` is the one that was used: a version without a lexical index is searched by meaning. `confident` says whether
    the best paragraphs of the whole ranking seem to be an answer. `warnings` are sentences about what the query asks
    for and the corpus lacks. `facets` are those of the query, over all relevant articles. `missing_share` is the share
    of all paragraphs, 0 to 1, that were not searched because their shards do not answer.
    """

    language: str
    mode: Mode
    confident: bool
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...]
    timing_ms: Timing
    text: str
    facets: Mapping[Facet, tuple[FacetValue, ...]] = field(default_factory=dict)
    missing_share: float = 0.0


def search(
    snapshot: Snapshot, query: Query, encode: EncodeText | None = None, among: LanguageMasks | None = None
) -> SearchResult:
    """Return the hits of `query`; fewer than `k` only when no more groups match.

    By date, only relevant groups match, and in a blend those near the query (`sort.py`).

    `encode` gives raw query vectors, by default those of the snapshot's encoder. `among` restricts the
    search to the paragraphs that it marks, whatever the filters let pass.

    Raises:
        ArticleNotFound: the target is an article that the version does not have, or that is taken down.
        FormatMismatch: the query needs a lexical index, and the version has none.
        ClusterError: no shard answers.
    """
    with noting_silent_shards() as silent:
        result = _search(snapshot, query, encode, among)
    if not silent:
        return result
    n_missing = sum(snapshot.manifest.shards[number].paragraphs for number in silent)
    if n_missing == snapshot.index.size:
        raise ClusterError("no shard answers")
    return replace(result, missing_share=round(n_missing / snapshot.index.size, 4))


def _search(snapshot: Snapshot, query: Query, encode: EncodeText | None, among: LanguageMasks | None) -> SearchResult:
    started = perf_counter()
    understood = understand(snapshot, query.target, encode, query.mode)
    encoded = perf_counter()
    found = find(snapshot, query, understood, among)
    facets = count_facets(snapshot, query, understood, found.among)
    searched = perf_counter()
    hits = page(snapshot, found.ranking, query, understood, found.passing)
    confident = is_confident(snapshot, understood, found.best, found.passing)
    ended = perf_counter()
    spans = (encoded - started, searched - encoded, ended - searched, ended - started)
    timing = Timing(*(round(1000 * span, 3) for span in spans))
    warnings = tuple(query_warnings(snapshot, query, understood))
    return SearchResult(
        understood.language, understood.mode, confident, hits, warnings, timing, understood.text, facets
    )


@dataclass(frozen=True, slots=True)
class FoundGroups:
    """What a query finds: `ranking` has the best paragraph of each group, in the order that is asked for.

    `best` are the best paragraphs of all, in the order of relevance. Both are of the paragraphs that pass the filters
    (`passing`, None for all); `among` marks those that could pass without filters.
    """

    ranking: Ranking
    best: Ranking
    passing: PassingParagraphs | None
    among: LanguageMasks | None


def find(snapshot: Snapshot, query: Query, understood: QueryVector, among: LanguageMasks | None = None) -> FoundGroups:
    """Return the groups of at least the first `offset` + `k` hits of a query that was `understood`."""
    for mask in (understood.evidence.passing, other_stories(snapshot, query.target)):
        among = _narrowed(snapshot, among, mask)
    passing = snapshot.filters.passing(query.filters, among)
    if query.sort is Sort.RELEVANCE:
        ranked = rank_groups(snapshot, understood, query.offset + query.k, query.group, passing)
    else:
        ranked = rank_near_groups(
            snapshot, understood, query.group, passing, only_relevant=query.sort is not Sort.BLEND
        )
    return FoundGroups(sort_groups(snapshot, ranked.groups, query), ranked.best, passing, among)


def _narrowed(snapshot: Snapshot, among: LanguageMasks | None, mask: Mask | None) -> LanguageMasks | None:
    """Return what is marked `among` the paragraphs of each language and in a mask over all; None marks everything."""
    if mask is None:
        return among
    masks = {language: mask[rows] for language, rows in snapshot.index.rows.items()}
    return masks if among is None else {language: among[language] & own for language, own in masks.items()}


@dataclass(frozen=True, slots=True)
class RankedGroups:
    """The best paragraph of each of the first groups, and the `best` paragraphs of all, both in order of relevance."""

    groups: Ranking
    best: Ranking


def rank_groups(
    snapshot: Snapshot, query: QueryVector, n: int, group: Group, passing: PassingParagraphs | None = None
) -> RankedGroups:
    """Return the first `n` groups at least, or all where there are fewer.

    `passing` has the paragraphs that may be found; None means all. Groups are read off the one
    ranking of paragraphs, as deep as needed, so that pages neither repeat nor skip a group.
    """
    masks, n_passing = (None, snapshot.index.size) if passing is None else (passing.masks, passing.n_paragraphs)
    depth = min(max(n if group is Group.NONE else n * _DEEPER, FIRST_PARAGRAPHS), n_passing)
    while True:
        paragraphs = rank_paragraphs(snapshot, query, depth, masks)
        groups = collapse(paragraphs, group, snapshot.corpus.columns)
        if len(groups.rows) >= n or depth >= n_passing:
            return RankedGroups(groups, paragraphs)
        depth = min(depth * _DEEPER, n_passing)


def rank_near_groups(
    snapshot: Snapshot, query: QueryVector, group: Group, passing: PassingParagraphs | None, *, only_relevant: bool
) -> RankedGroups:
    """Return the groups near the query, or only the relevant ones of these, or the first ten if none is; best first.

    It is one ranking for all pages, and does not depend on how many hits one has.
    """
    masks = None if passing is None else passing.masks
    paragraphs = rank_paragraphs(snapshot, query, MOST_SORTED * len(snapshot.index.indexes), masks, MOST_SORTED)
    if only_relevant:
        groups = relevant_groups(snapshot, query, group, paragraphs)
    else:
        groups = collapse(paragraphs, group, snapshot.corpus.columns)
    if len(groups.rows) or not only_relevant:
        return RankedGroups(groups, paragraphs)
    nearest = rank_groups(snapshot, query, LEAST_GROUPS, group, passing)
    first = Ranking(nearest.groups.rows[:LEAST_GROUPS], nearest.groups.scores[:LEAST_GROUPS])
    return RankedGroups(first, nearest.best)


def rank_paragraphs(
    snapshot: Snapshot, query: QueryVector, k: int, masks: LanguageMasks | None = None, of_language: int | None = None
) -> Ranking:
    """Return the best `k` paragraphs, or all that pass `masks` where there are fewer.

    With `of_language`, only so many of each language are candidates.
    """
    calibration, matches = snapshot.manifest.calibration.of(query.length), query.evidence.matches
    window = 0 if matches is None else MOST_RERANKED
    candidates = find_candidates(snapshot.index, query.vector, of_language or k, masks, window)
    if matches is not None:
        windows = matches.windows(windows_of(candidates, snapshot.index, masks), query.vector)
        floor = _floor(snapshot, query, [each.language for each in candidates if len(each.rows)])
        candidates = [
            rerank(
                each,
                words,
                greatest_gain(query.length, calibration.level(query.language, each.language)),
                floor / calibration.scale(query.language, each.language),
            )
            for each, words in zip(candidates, windows, strict=True)
        ]
    near = [each.first(k) for each in candidates]  # no others of a language can be among the best of all
    return order(fuse(near, partial(calibration.scale, query.language)), k)


def _floor(snapshot: Snapshot, query: QueryVector, languages: Iterable[str]) -> float:
    """Return the least score of the first paragraph of a language that is a strong match of every word of a query.

    It is the same in all `languages` that have candidates: scores are compared, and a score may be a higher relevance
    in one of them than in another.
    """
    if query.evidence.chooses:  # all paragraphs have been chosen by words, so these say nothing more
        return -1.0
    calibration = snapshot.manifest.calibration.of(query.length)
    n_paragraphs = snapshot.manifest.counts.paragraphs_by_language
    return max(
        (calibration.least_score(FLOOR_RELEVANCE, query.language, one, n_paragraphs[one]) for one in languages),
        default=-1.0,
    )
