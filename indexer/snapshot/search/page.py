"""Stage 6: the hits of one page, with their texts, near-duplicates, and articles about the event in other languages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Annotated

import numpy as np
from pydantic import Field

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.content.columns import NO_TIMESTAMP, ParagraphRow
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.understand import QueryVector

MAX_DUPLICATES = 20
"""Near-duplicates of an article that a hit names; a form letter may have thousands."""

MAX_ALSO_REPORTED = 20
"""Articles in other languages that a hit names."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit; `score` is the cosine in the neutral space, with all pairs of languages on one scale.

    `rank` counts from 1 over the whole ranking.
    """

    rank: int
    score: float
    relevance: Annotated[
        float,
        Field(
            description="The probability that the score is more than chance, 0 to 1; at most that of the hit before."
        ),
    ]
    article: ArticleSummary
    paragraph: Paragraph
    duplicate_count: Annotated[
        int, Field(description="How many other articles that pass the filters are near-duplicates of this one.")
    ]
    duplicates: Annotated[tuple[ArticleSummary, ...], Field(description=f"The first {MAX_DUPLICATES} of them.")]
    also_reported: Annotated[
        tuple[ArticleSummary, ...],
        Field(
            description="Articles about the same event in other languages than the article's that pass the filters "
            f"apart from language: the earliest {MAX_ALSO_REPORTED}, in order of time; those without a date come last."
        ),
    ]


def page(snapshot: Snapshot, ranking: Ranking, query: Query, understood: QueryVector) -> tuple[Hit, ...]:
    """Return hits `offset` + 1 to `offset` + `k` of a collapsed ranking for a query that was `understood`."""
    on_page = slice(query.offset, query.offset + query.k)
    rows = [ParagraphRow(row) for row in ranking.rows[on_page].tolist()]
    parts = zip(
        relevances(snapshot, ranking, query.offset + query.k, understood)[query.offset :],
        ranking.scores[on_page].tolist(),
        snapshot.corpus.hits(rows),
        _duplicates(snapshot, rows, query.filters),
        _also_reported(snapshot, rows, query.filters),
        strict=True,
    )
    return tuple(
        Hit(rank, round(score, 6), relevance, article, paragraph, *duplicates, also_reported)
        for rank, (relevance, score, (article, paragraph), duplicates, also_reported) in enumerate(
            parts, start=query.offset + 1
        )
    )


def relevances(snapshot: Snapshot, ranking: Ranking, n: int, query: QueryVector) -> list[float]:
    """Return for the first `n` paragraphs of a ranking how probable it is that each score is more than chance.

    The probabilities, 0 to 1 with four decimals, never rise from one paragraph to the next. Each language has a number
    of paragraphs of its own, so by itself a lower score can have a slightly higher one in another language.
    """
    columns, calibration = snapshot.corpus.columns, snapshot.manifest.calibration.of(query.length)
    counts = snapshot.manifest.counts.paragraphs_by_language
    languages = [columns.languages[code] for code in columns.paragraph_language[ranking.rows[:n]].tolist()]
    own = (
        calibration.relevance(score, query.language, language, counts[language])
        for score, language in zip(ranking.scores[:n].tolist(), languages, strict=True)
    )
    return [round(relevance, 4) for relevance in accumulate(own, min)]


def _duplicates(
    snapshot: Snapshot, rows: Sequence[ParagraphRow], filters: Filters
) -> Iterator[tuple[int, tuple[ArticleSummary, ...]]]:
    """Yield for each paragraph how many near-duplicates its article has that pass `filters`, and the first of them."""
    for article_row in snapshot.corpus.columns.article_of_paragraph[rows].tolist():
        others = snapshot.stories.others(article_row)
        if len(others):
            others = others[snapshot.filters.passing_articles(filters, others)]
        yield len(others), tuple(snapshot.corpus.summaries(others[:MAX_DUPLICATES].tolist()) if len(others) else ())


def _also_reported(
    snapshot: Snapshot, rows: Sequence[ParagraphRow], filters: Filters
) -> Iterator[tuple[ArticleSummary, ...]]:
    """Yield for each paragraph the articles about its article's event in other languages, the earliest first."""
    columns, in_any_language = snapshot.corpus.columns, replace(filters, languages=())
    for article_row in columns.article_of_paragraph[rows].tolist():
        others = snapshot.events.others(article_row)
        others = others[columns.language[others] != columns.language[article_row]]
        if len(others):
            others = others[snapshot.filters.passing_articles(in_any_language, others)]
            timestamps = columns.timestamp[others]
            # Rows are in order of id, which a stable sort keeps.
            others = others[np.lexsort((timestamps, timestamps == NO_TIMESTAMP))[:MAX_ALSO_REPORTED]]
        yield tuple(snapshot.corpus.summaries(others.tolist()) if len(others) else ())
