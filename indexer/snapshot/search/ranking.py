"""The ranking of a version for one query vector: filtered, scaled, and read page by page."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.filters import Allowed
from indexer.snapshot.index.vector_index import Rows
from indexer.snapshot.reader import Snapshot

_FETCH_FACTOR = 4


class Group(StrEnum):
    """What there is one hit of: each article, each story (an article and its copies), or every paragraph."""

    ARTICLE = "article"
    STORY = "story"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a ranking to read: hits `offset`+1 to `offset`+`k`."""

    k: int = 10
    offset: int = 0
    group: Group = Group.ARTICLE


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


def rank(snapshot: Snapshot, vector: FloatArray, language: str, page: Page, allowed: Allowed | None = None) -> Ranking:
    """Return one page of the ranking for a neutral query vector, shape (dim,), of a language.

    `allowed` is what may be found; None stands for everything. Grouping reads the one ranking of
    paragraphs as far as needed, so that pages of it neither repeat nor skip an article or story.
    """
    scale = partial(snapshot.manifest.calibration.scale, language)
    masks, n_matching = (None, snapshot.index.size) if allowed is None else (allowed.masks, allowed.n_paragraphs)
    wanted = page.offset + page.k
    if page.group is Group.NONE:
        rows, scores = snapshot.index.search(vector, min(wanted, n_matching), scale, masks)
        return Ranking.page(rows, scores, slice(page.offset, None))
    columns = snapshot.corpus.columns
    depth = min(wanted * _FETCH_FACTOR, n_matching)
    while True:
        rows, scores = snapshot.index.search(vector, depth, scale, masks)
        articles = columns.article_of_paragraph[rows]
        best = _first_of_each(articles if page.group is Group.ARTICLE else columns.story[articles])
        if len(best) >= wanted or depth >= n_matching:
            return Ranking.page(rows, scores, best[page.offset : wanted])
        depth = min(depth * _FETCH_FACTOR, n_matching)


def neutral_query(snapshot: Snapshot, raw: FloatArray, language: str) -> FloatArray:
    """Return the neutral vector of a query from its raw one, both of shape (dim,), float32, unit norm."""
    return snapshot.neutral.queries(raw, language)


def relevance(snapshot: Snapshot, row: int, score: float, query_language: str) -> float:
    """Return how surely a paragraph's score is more than chance, 0 to 1, to four decimals."""
    columns = snapshot.corpus.columns
    language = columns.languages[columns.paragraph_language[row]]
    n_paragraphs = snapshot.manifest.counts.paragraphs_by_language[language]
    return round(snapshot.manifest.calibration.relevance(score, query_language, language, n_paragraphs), 4)


def _first_of_each(groups: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Return where each group comes first, in order."""
    _, first = np.unique(groups, return_index=True)
    return np.sort(first)
