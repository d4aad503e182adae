"""From a query to hits; knows nothing of HTTP.

The whole path of a request: detect the language, encode, move into the neutral space, search,
collapse by article, fetch texts.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from time import perf_counter

import numpy as np
import numpy.typing as npt

from indexer.snapshot.article import Article, Paragraph
from indexer.snapshot.calibration import CONFIDENT
from indexer.snapshot.encoder import FloatArray
from indexer.snapshot.filters import Filters
from indexer.snapshot.language import UNDETERMINED, detect_query_language
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.vector_index import Rows
from search_api.query_cache import QueryCache

_FETCH_FACTOR = 4


class Group(StrEnum):
    """Whether hits are the best paragraph of each article, or every paragraph."""

    ARTICLE = "article"
    NONE = "none"


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

    `relevance`, 0 to 1, says how surely the score is more than chance.
    """

    rank: int
    score: float
    relevance: float
    article: Article
    paragraph: Paragraph


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
    ranking = rank(snapshot, vector, language, query)
    searched = perf_counter()
    rows = ranking.rows.tolist()
    page = zip(rows, ranking.scores.tolist(), snapshot.corpus.hits(rows), strict=True)
    hits = [
        Hit(place, round(score, 6), relevance(snapshot, row, score, language), article, paragraph)
        for place, (row, score, (article, paragraph)) in enumerate(page, start=query.offset + 1)
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


def encode(snapshot: Snapshot, text: str, language: str, cache: QueryCache | None = None) -> FloatArray:
    """Return the neutral vector of a query, shape (dim,), float32, unit norm."""
    raw = cache.encode(snapshot, text, language) if cache else snapshot.encoder.encode_queries([text])[0]
    return snapshot.neutral.queries(raw, None if language == UNDETERMINED else language)


def relevance(snapshot: Snapshot, row: int, score: float, query_language: str) -> float:
    """Return how surely a paragraph's score is more than chance, 0 to 1, to four decimals."""
    columns = snapshot.corpus.columns
    language = columns.languages[columns.language[columns.article_of_paragraph[row]]]
    n_paragraphs = snapshot.manifest.counts.paragraphs_by_language[language]
    return round(snapshot.manifest.calibration.relevance(score, query_language, language, n_paragraphs), 4)


@dataclass(frozen=True, slots=True)
class Ranking:
    """One page: paragraph rows and scores, best first; `best` is the first of the whole ranking."""

    rows: Rows
    scores: FloatArray
    best: tuple[int, float] | None

    @classmethod
    def page(cls, rows: Rows, scores: FloatArray, places: slice | npt.NDArray[np.intp]) -> "Ranking":
        """Return the page that holds `places` of a ranking."""
        return cls(rows[places], scores[places], (int(rows[0]), float(scores[0])) if len(rows) else None)


def rank(snapshot: Snapshot, vector: FloatArray, language: str, query: Query) -> Ranking:
    """Return the page of the ranking that holds hits offset+1 to offset+k.

    Grouping by article reads the one ranking of paragraphs as far as needed, so that pages of it
    neither repeat nor skip an article.
    """
    scale = partial(snapshot.manifest.calibration.scale, language)
    allowed = snapshot.filters.allowed(query.filters)
    masks, n_matching = (None, snapshot.index.size) if allowed is None else (allowed.masks, allowed.n_paragraphs)
    wanted = query.offset + query.k
    if query.group is Group.NONE:
        rows, scores = snapshot.index.search(vector, min(wanted, n_matching), scale, masks)
        return Ranking.page(rows, scores, slice(query.offset, None))
    depth = min(wanted * _FETCH_FACTOR, n_matching)
    while True:
        rows, scores = snapshot.index.search(vector, depth, scale, masks)
        best = _first_of_each(snapshot.corpus.columns.article_of_paragraph[rows])
        if len(best) >= wanted or depth >= n_matching:
            return Ranking.page(rows, scores, best[query.offset : wanted])
        depth = min(depth * _FETCH_FACTOR, n_matching)


def _first_of_each(articles: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Return where each article comes first, in order."""
    _, first = np.unique(articles, return_index=True)
    return np.sort(first)
