"""From a query to hits; knows nothing of HTTP.

The whole path of a request: detect the language, encode, move into the neutral space, search,
collapse by article or story, fetch texts, name copies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.scores.calibration import CONFIDENT
from indexer.snapshot.search.ranking import Group, Page, neutral_query, rank, relevance
from indexer.snapshot.text.language import detect_query_language
from search_api.query_cache import QueryCache

MAX_DUPLICATES = 20
"""Copies of an article that are named; a template may have thousands."""


@dataclass(frozen=True, slots=True)
class Query:
    """One search: the text, which hits of the ranking to return, and among which articles."""

    text: str
    k: int = 10
    offset: int = 0
    language: str | None = None
    group: Group = Group.ARTICLE
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result; `rank` counts from 1 over the whole ranking, `score` is the neutral cosine.

    `relevance`, 0 to 1, says how surely the score is more than chance. `n_duplicates` other articles
    that pass the same filters are copies of this one; `duplicates` are the first 20 of them.
    """

    rank: int
    score: float
    relevance: float
    article: ArticleSummary
    paragraph: Paragraph
    n_duplicates: int = 0
    duplicates: tuple[ArticleSummary, ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time of a search went, in milliseconds; `total` is from start to end."""

    encode: float
    search: float
    fetch: float
    total: float


@dataclass(frozen=True, slots=True)
class Result:
    """Hits of a query, and the language it was taken to be in ("und" where it cannot be told).

    `confident` tells whether the best hit of the whole ranking is more than chance.
    """

    language: str
    confident: bool
    hits: tuple[Hit, ...]
    timing_ms: Timing


def search(snapshot: Snapshot, query: Query, cache: QueryCache | None = None) -> Result:
    """Return the hits of `query`; fewer than `k` only when no more articles match.

    With a `cache`, a query that was asked before is not encoded again.
    """
    started = perf_counter()
    language = query.language or detect_query_language(query.text)
    vector = encode(snapshot, query.text, language, cache)
    encoded = perf_counter()
    allowed = snapshot.filters.allowed(query.filters)
    ranking = rank(snapshot, vector, language, Page(query.k, query.offset, query.group), allowed)
    searched = perf_counter()
    rows = ranking.rows.tolist()
    page = zip(
        rows, ranking.scores.tolist(), snapshot.corpus.hits(rows), _duplicates(snapshot, rows, query), strict=True
    )
    hits = [
        Hit(place, round(score, 6), relevance(snapshot, row, score, language), article, paragraph, *duplicates)
        for place, (row, score, (article, paragraph), duplicates) in enumerate(page, start=query.offset + 1)
    ]
    confident = ranking.best is not None and relevance(snapshot, *ranking.best, language) >= CONFIDENT
    ended = perf_counter()
    return Result(
        language,
        confident,
        tuple(hits),
        Timing(
            *(round(1000 * s, 3) for s in (encoded - started, searched - encoded, ended - searched, ended - started))
        ),
    )


def _duplicates(snapshot: Snapshot, rows: list[int], query: Query) -> Iterator[tuple[int, tuple[ArticleSummary, ...]]]:
    """Yield for each paragraph row how many copies its article has that may be shown, and the first of them."""
    for article_row in snapshot.corpus.columns.article_of_paragraph[rows].tolist():
        others = snapshot.stories.others(article_row)
        if len(others):
            others = others[snapshot.filters.articles(query.filters, others)]
        yield len(others), tuple(snapshot.corpus.summaries(others[:MAX_DUPLICATES].tolist()) if len(others) else ())


def encode(snapshot: Snapshot, text: str, language: str, cache: QueryCache | None = None) -> FloatArray:
    """Return the neutral vector of a query, shape (dim,), float32, unit norm."""
    raw = cache.encode(snapshot, text, language) if cache else snapshot.encoder.encode_queries([text])[0]
    return neutral_query(snapshot, raw, language)
