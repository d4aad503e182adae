"""The one search: its stages, one after the other.

    understand -> candidates -> fuse -> order -> collapse -> sort -> page

It is the only code that finds paragraphs: for the service, the command line, alerts, canaries and
benchmarks. It knows neither HTTP nor building.
"""

from dataclasses import dataclass, fields
from functools import partial
from time import perf_counter

from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.scores.calibration import CONFIDENT
from indexer.snapshot.search.candidates import find_candidates
from indexer.snapshot.search.collapse import collapse
from indexer.snapshot.search.fuse import fuse
from indexer.snapshot.search.order import Ranking, order
from indexer.snapshot.search.own_story import without_own_story
from indexer.snapshot.search.page import Hit, page, relevances
from indexer.snapshot.search.query import Group, Query, Sort
from indexer.snapshot.search.sort import LEAST_GROUPS, WINDOW, relevant_groups, sort_groups
from indexer.snapshot.search.understand import EncodeText, QueryVector, understand

_DEEPER = 4
"""Paragraphs ranked for each hit that is wanted, and how many times more where they give too few groups."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds spent in the search; `total` also counts the time between the other stages."""

    encode: float
    search: float
    fetch: float
    total: float


TIMED_STAGES = tuple(field.name for field in fields(Timing))
"""The names of timed stages, wherever they are reported."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits of a query, and the language that it was read as ("und" where it is unknown).

    `text` is what people read as the query: its text, or of an article or a long text the title or the beginning.
    `confident` says whether the best hit of the whole ranking is more than chance. `warnings` are sentences about what
    the query asks for and the corpus lacks.
    """

    language: str
    confident: bool
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...]
    timing_ms: Timing
    text: str


def search(
    snapshot: Snapshot, query: Query, encode: EncodeText | None = None, among: LanguageMasks | None = None
) -> SearchResult:
    """Return the hits of `query`; fewer than `k` only when no more groups match.

    In another order than that of relevance, only relevant groups match (`sort.py`).

    `encode` gives raw query vectors, by default those of the snapshot's encoder. `among` restricts the
    search to the paragraphs that it marks, whatever the filters let pass.

    Raises:
        ArticleNotFound: the target is an article that the version does not have, or that is taken down.
    """
    started = perf_counter()
    understood = understand(snapshot, query.target, encode)
    encoded = perf_counter()
    passing = without_own_story(snapshot, query.target, snapshot.filters.passing(query.filters, among))
    if query.sort is Sort.RELEVANCE:
        groups = rank_groups(snapshot, understood, query.offset + query.k, query.group, passing)
    else:
        groups = rank_relevant_groups(snapshot, understood, query.group, passing)
    ranking = sort_groups(snapshot, groups, query)
    searched = perf_counter()
    hits = page(snapshot, ranking, query, understood, passing)
    confident = any(best >= CONFIDENT for best in relevances(snapshot, groups, 1, understood))
    ended = perf_counter()
    spans = (encoded - started, searched - encoded, ended - searched, ended - started)
    timing = Timing(*(round(1000 * span, 3) for span in spans))
    warnings = snapshot.filters.unknown_values(query.filters)
    return SearchResult(understood.language, confident, hits, warnings, timing, understood.text)


def rank_groups(
    snapshot: Snapshot, query: QueryVector, n: int, group: Group, passing: PassingParagraphs | None = None
) -> Ranking:
    """Return the best paragraphs of the first `n` groups at least, or of all where there are fewer.

    `passing` has the paragraphs that may be found; None means all. Groups are read off the one
    ranking of paragraphs, as deep as needed, so that pages neither repeat nor skip a group.
    """
    masks, n_passing = (None, snapshot.index.size) if passing is None else (passing.masks, passing.n_paragraphs)
    depth = min(n if group is Group.NONE else n * _DEEPER, n_passing)
    while True:
        groups = collapse(rank_paragraphs(snapshot, query, depth, masks), group, snapshot.corpus.columns)
        if len(groups.rows) >= n or depth >= n_passing:
            return groups
        depth = min(depth * _DEEPER, n_passing)


def rank_relevant_groups(
    snapshot: Snapshot, query: QueryVector, group: Group, passing: PassingParagraphs | None = None
) -> Ranking:
    """Return the relevant groups of those near the query, in the order of relevance; never fewer than the first ten.

    It is one ranking for all pages, and does not depend on how many hits one has.
    """
    masks = None if passing is None else passing.masks
    paragraphs = rank_paragraphs(snapshot, query, WINDOW * len(snapshot.index.indexes), masks, WINDOW)
    groups = relevant_groups(snapshot, query, group, paragraphs)
    if len(groups.rows) >= LEAST_GROUPS:
        return groups
    # An article may have more paragraphs than all candidates.
    return relevant_groups(snapshot, query, group, rank_groups(snapshot, query, LEAST_GROUPS, group, passing))


def rank_paragraphs(
    snapshot: Snapshot, query: QueryVector, k: int, masks: LanguageMasks | None = None, of_language: int | None = None
) -> Ranking:
    """Return the best `k` paragraphs, or all that pass `masks` where there are fewer.

    With `of_language`, only so many of each language are candidates.
    """
    scale = partial(snapshot.manifest.calibration.of(query.length).scale, query.language)
    return order(fuse(find_candidates(snapshot.index, query.vector, of_language or k, masks), scale), k)
