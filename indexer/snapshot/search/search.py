"""The one search: its stages, one after the other.

    understand -> candidates -> fuse -> order -> collapse -> page

It is the only code that finds paragraphs: for the service, the command line, alerts, canaries and
benchmarks. It knows neither HTTP nor building.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from time import perf_counter

from indexer.snapshot.index.facets import Facet, FacetValue
from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.scores.calibration import CONFIDENT
from indexer.snapshot.search.candidates import find_candidates
from indexer.snapshot.search.collapse import collapse
from indexer.snapshot.search.facets import count_facets
from indexer.snapshot.search.fuse import fuse
from indexer.snapshot.search.order import Ranking, order
from indexer.snapshot.search.page import Hit, page, relevances
from indexer.snapshot.search.query import Group, Query
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


TIMED_STAGES = tuple(stage.name for stage in fields(Timing))
"""The names of timed stages, wherever they are reported."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits of a query, and the language that it was read as ("und" where it is unknown).

    `confident` says whether the best hit of the whole ranking is more than chance. `warnings` are sentences about what
    the query asks for and the corpus lacks. `facets` are those of the query, over all relevant articles.
    """

    language: str
    confident: bool
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...]
    timing_ms: Timing
    facets: Mapping[Facet, tuple[FacetValue, ...]] = field(default_factory=dict)


def search(
    snapshot: Snapshot, query: Query, encode: EncodeText | None = None, among: LanguageMasks | None = None
) -> SearchResult:
    """Return the hits of `query`; fewer than `k` only when no more groups match.

    `encode` gives raw query vectors, by default those of the snapshot's encoder. `among` restricts the
    search to the paragraphs that it marks, whatever the filters let pass.
    """
    started = perf_counter()
    understood = understand(snapshot, query.target, encode)
    encoded = perf_counter()
    passing = snapshot.filters.passing(query.filters, among)
    ranking = rank_groups(snapshot, understood, query.offset + query.k, query.group, passing)
    facets = count_facets(snapshot, query, understood, among)
    searched = perf_counter()
    hits = page(snapshot, ranking, query, understood)
    confident = any(best >= CONFIDENT for best in relevances(snapshot, ranking, 1, understood))
    ended = perf_counter()
    spans = (encoded - started, searched - encoded, ended - searched, ended - started)
    timing = Timing(*(round(1000 * span, 3) for span in spans))
    warnings = snapshot.filters.unknown_values(query.filters)
    return SearchResult(understood.language, confident, hits, warnings, timing, facets)


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


def rank_paragraphs(snapshot: Snapshot, query: QueryVector, k: int, masks: LanguageMasks | None = None) -> Ranking:
    """Return the best `k` paragraphs, or all that pass `masks` where there are fewer."""
    scale = partial(snapshot.manifest.calibration.of(query.length).scale, query.language)
    return order(fuse(find_candidates(snapshot.index, query.vector, k, masks), scale), k)
