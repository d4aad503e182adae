"""All paragraphs of the articles on a page, with their scores: how many match, and the best of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.article import Paragraph
from indexer.snapshot.content.columns import ParagraphRow, paragraph_rows
from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.index.vector_index import SCORE_DECIMALS, Mask, Rows
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.relevant import own_relevance
from indexer.snapshot.search.understand import QueryVector


@dataclass(frozen=True, slots=True)
class ScoredParagraph(Paragraph):
    """A paragraph of a hit's article and its score."""

    score: float


@dataclass(frozen=True, slots=True)
class ArticleParagraphs:
    """All paragraphs of some articles.

    `rows`, `scores` and `passes` have shape (n_paragraphs,): paragraph rows, scores as those of hits, and which pass
    the filters. `owner`, of the same shape, is the place of each paragraph's article among the articles, ascending.
    `n_matching`, shape (n_articles,), is how many paragraphs of each article pass and are relevant.
    """

    rows: Rows
    scores: npt.NDArray[np.float64]
    passes: Mask
    owner: Rows
    n_matching: Rows


def paragraphs_of_hits(
    snapshot: Snapshot, hits: Ranking, query: QueryVector, passing: PassingParagraphs | None
) -> ArticleParagraphs:
    """Return all paragraphs of the articles of some hits; `passing` has those that may be found, None means all."""
    columns = snapshot.corpus.columns
    articles_of_hits = columns.article_of_paragraph[hits.rows].tolist()
    articles = sorted(set(articles_of_hits))
    rows, owner = paragraph_rows(columns, np.array(articles, dtype=np.int64))
    scores, are_relevant = own_relevance(snapshot, query, rows)
    passes = _passing(snapshot, rows, passing)
    matching = passes & are_relevant
    n_matching = np.bincount(owner[matching], minlength=len(articles))
    place = {article: place for place, article in enumerate(articles)}
    return ArticleParagraphs(rows, scores, passes, owner, n_matching[[place[article] for article in articles_of_hits]])


def _passing(snapshot: Snapshot, rows: Rows, passing: PassingParagraphs | None) -> Mask:
    """Return which of some paragraphs may be found, shape (n,)."""
    if passing is None:
        return np.ones(len(rows), dtype=np.bool_)
    columns, passes = snapshot.corpus.columns, np.zeros(len(rows), dtype=np.bool_)
    codes = columns.paragraph_language[rows]
    for language, mask in passing.masks.items():
        (at,) = np.nonzero(codes == columns.languages.index(language))
        passes[at] = mask[snapshot.index.places[rows[at]]]
    return passes


def best_paragraphs(
    snapshot: Snapshot, hits: Ranking, found: ArticleParagraphs, n: int
) -> list[tuple[ScoredParagraph, ...]]:
    """Return for each hit the best `n` paragraphs of its article that pass the filters, best first.

    The first is the paragraph of the hit. Every hit must be of another article.
    """
    columns = snapshot.corpus.columns
    by_article = np.argsort(columns.article_of_paragraph[hits.rows], kind="stable")
    shown, shown_scores = hits.rows[by_article][found.owner], hits.scores[by_article][found.owner].astype(np.float64)
    # Words may have given the hit another place's score.
    scores = np.where(found.rows == shown, shown_scores, found.scores)
    (passing,) = np.nonzero(found.passes)
    keys = (found.rows, -scores, found.rows != shown, found.owner)
    order = passing[np.lexsort(tuple(key[passing] for key in keys))]
    owner = found.owner[order]
    place = np.arange(len(order)) - np.searchsorted(owner, owner)
    order = order[place < n]
    texts = snapshot.corpus.hits([ParagraphRow(row) for row in found.rows[order].tolist()])
    by_owner: list[list[ScoredParagraph]] = [[] for _ in hits.rows]
    for of, score, (_, paragraph) in zip(found.owner[order].tolist(), scores[order].tolist(), texts, strict=True):
        by_owner[int(by_article[of])].append(
            ScoredParagraph(
                paragraph.id,
                paragraph.position,
                paragraph.section,
                paragraph.text,
                paragraph.language,
                round(score, SCORE_DECIMALS),
            )
        )
    return [tuple(paragraphs) for paragraphs in by_owner]
