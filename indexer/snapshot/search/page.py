"""Stage 6: the hits of one page, with their texts and near-duplicates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.content.columns import ParagraphRow
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.query import Query

MAX_DUPLICATES = 20
"""Near-duplicates of an article that a hit names; a form letter may have thousands."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit; `score` is the cosine in the neutral space, with all pairs of languages on one scale.

    `rank` counts from 1 over the whole ranking.
    """

    rank: int
    score: float
    relevance: Annotated[float, Field(description="The probability that the score is more than chance, 0 to 1.")]
    article: ArticleSummary
    paragraph: Paragraph
    duplicate_count: Annotated[
        int, Field(description="How many other articles that pass the filters are near-duplicates of this one.")
    ]
    duplicates: Annotated[tuple[ArticleSummary, ...], Field(description=f"The first {MAX_DUPLICATES} of them.")]


def page(snapshot: Snapshot, ranking: Ranking, query: Query, language: str) -> tuple[Hit, ...]:
    """Return hits `offset` + 1 to `offset` + `k` of a collapsed ranking for a query in `language`."""
    on_page = slice(query.offset, query.offset + query.k)
    rows = [ParagraphRow(row) for row in ranking.rows[on_page].tolist()]
    parts = zip(
        rows,
        ranking.scores[on_page].tolist(),
        snapshot.corpus.hits(rows),
        _duplicates(snapshot, rows, query.filters),
        strict=True,
    )
    return tuple(
        Hit(rank, round(score, 6), relevance(snapshot, row, score, language), article, paragraph, *duplicates)
        for rank, (row, score, (article, paragraph), duplicates) in enumerate(parts, start=query.offset + 1)
    )


def relevance(snapshot: Snapshot, row: ParagraphRow, score: float, query_language: str) -> float:
    """Return the probability that a paragraph's score is more than chance, 0 to 1, to four decimals."""
    columns = snapshot.corpus.columns
    language = columns.languages[columns.paragraph_language[row]]
    n_paragraphs = snapshot.manifest.counts.paragraphs_by_language[language]
    return round(snapshot.manifest.calibration.relevance(score, query_language, language, n_paragraphs), 4)


def _duplicates(
    snapshot: Snapshot, rows: Sequence[ParagraphRow], filters: Filters
) -> Iterator[tuple[int, tuple[ArticleSummary, ...]]]:
    """Yield for each paragraph how many near-duplicates its article has that pass `filters`, and the first of them."""
    for article_row in snapshot.corpus.columns.article_of_paragraph[rows].tolist():
        others = snapshot.stories.others(article_row)
        if len(others):
            others = others[snapshot.filters.passing_articles(filters, others)]
        yield len(others), tuple(snapshot.corpus.summaries(others[:MAX_DUPLICATES].tolist()) if len(others) else ())
