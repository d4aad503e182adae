"""Stage 9: the hits of one page, with their texts, near-duplicates, and articles about the event in other languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Any

from pydantic import Field

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.content.columns import ParagraphRow
from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.index.vector_index import SCORE_DECIMALS
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.article_paragraphs import ScoredParagraph, best_paragraphs, paragraphs_of_hits
from indexer.snapshot.search.highlight import Highlight, highlights
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.other_articles import MAX_ALSO_REPORTED, MAX_DUPLICATES, other_articles
from indexer.snapshot.search.query import Query, Sort
from indexer.snapshot.search.understand import QueryVector


def _is_none(value: Any) -> bool:
    return value is None


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
            description="The probability that the score is more than chance, 0 to 1. "
            "In the order of relevance, at most that of the hit before."
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
    matching_paragraphs: Annotated[
        int, Field(description="How many paragraphs of the article pass the filters and are relevant.")
    ]
    paragraphs: Annotated[
        tuple[ScoredParagraph, ...] | None,
        Field(description="The best paragraphs of the article, if more than one is asked for.", exclude_if=_is_none),
    ] = None
    highlights: Annotated[
        tuple[Highlight, ...] | None,
        Field(description="What matches in the paragraph, if it is asked for.", exclude_if=_is_none),
    ] = None


def page(
    snapshot: Snapshot,
    ranking: Ranking,
    query: Query,
    understood: QueryVector,
    passing: PassingParagraphs | None = None,
) -> tuple[Hit, ...]:
    """Return hits `offset` + 1 to `offset` + `k` of a collapsed ranking for a query that was `understood`.

    `passing` has the paragraphs that may be found; None means all.
    """
    hits = cut(ranking, query.offset, query.offset + query.k)
    shown = shown_relevances(snapshot, ranking, query, understood)
    return hits_of(snapshot, hits, query.offset + 1, shown, query, understood, passing)


def cut(ranking: Ranking, start: int, stop: int) -> Ranking:
    """Return the part of a ranking from `start`, counted from 0, to before `stop`."""
    return Ranking(ranking.rows[start:stop], ranking.scores[start:stop])


def shown_relevances(snapshot: Snapshot, ranking: Ranking, query: Query, understood: QueryVector) -> list[float]:
    """Return the relevances that hits `offset` + 1 to `offset` + `k` have in an answer, 0 to 1 with four decimals."""
    end = query.offset + query.k
    if query.sort is Sort.RELEVANCE:
        return relevances(snapshot, ranking, end, understood)[query.offset :]
    return _own_relevances(snapshot, cut(ranking, query.offset, end), understood)


def hits_of(
    snapshot: Snapshot,
    ranking: Ranking,
    first_rank: int,
    shown: Sequence[float],
    query: Query,
    understood: QueryVector,
    passing: PassingParagraphs | None,
) -> tuple[Hit, ...]:
    """Return the hits for all paragraphs of a ranking: the rank of the first, and the relevances that they show."""
    rows = [ParagraphRow(row) for row in ranking.rows.tolist()]
    texts = snapshot.corpus.hits(rows)
    articles = snapshot.corpus.columns.article_of_paragraph[ranking.rows].tolist()
    found = paragraphs_of_hits(snapshot, ranking, understood, passing)
    nothing = [None] * len(rows)
    parts = zip(
        shown,
        ranking.scores.tolist(),
        texts,
        other_articles(snapshot, articles, query, understood),
        found.n_matching.tolist(),
        best_paragraphs(snapshot, ranking, found, query.n_paragraphs) if query.n_paragraphs > 1 else nothing,
        highlights(snapshot, [paragraph for _, paragraph in texts], understood) if query.highlight else nothing,
        strict=True,
    )
    return tuple(
        Hit(
            rank,
            round(score, SCORE_DECIMALS),
            relevance,
            article,
            paragraph,
            others.duplicate_count,
            others.duplicates,
            others.also_reported,
            *more,
        )
        for rank, (relevance, score, (article, paragraph), others, *more) in enumerate(parts, start=first_rank)
    )


def relevances(snapshot: Snapshot, ranking: Ranking, n: int, query: QueryVector) -> list[float]:
    """Return for the first `n` paragraphs of a ranking how probable it is that each score is more than chance.

    The probabilities, 0 to 1 with four decimals, never rise from one paragraph to the next. Each language has a number
    of paragraphs of its own, so by itself a lower score can have a slightly higher one in another language.
    """
    return list(accumulate(_own_relevances(snapshot, cut(ranking, 0, n), query), min))


def _own_relevances(snapshot: Snapshot, ranking: Ranking, query: QueryVector) -> list[float]:
    """Return for each paragraph how probable it is that its score is more than chance, whatever precedes it."""
    columns, calibration = snapshot.corpus.columns, snapshot.manifest.calibration.of(query.length)
    counts = snapshot.manifest.counts.paragraphs_by_language
    languages = [columns.languages[code] for code in columns.paragraph_language[ranking.rows].tolist()]
    return [
        round(calibration.relevance(score, query.language, language, counts[language]), 4)
        for score, language in zip(ranking.scores.tolist(), languages, strict=True)
    ]
