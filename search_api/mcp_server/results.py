"""What tools answer: citations and texts, never more than a model can read."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, Field
from pydantic_core import to_json

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.search.page import Hit
from search_api.schemas.articles import ArticleResponse
from search_api.schemas.request import MAX_OFFSET
from search_api.schemas.search import SearchResponse

MAX_RESULT_BYTES = 20_000
"""Longest result as JSON, UTF-8: some 5,000 tokens of English, and 10,000 of Arabic."""

MAX_HIT_CHARS = 700
"""Longest paragraph of a search result; `get_article` has it as a whole."""

MAX_PARAGRAPH_CHARS = 4_000
_MAX_TITLE_CHARS = 300
_MAX_URL_CHARS = 1_000
_MAX_OTHERS = 3
_MAX_TAGS = 20

Result = TypeVar("Result", bound=BaseModel)


class NewsItem(BaseModel):
    """An article that was found."""

    article: ArticleSummary = Field(description="The article, as it is to be cited; get_article takes its id.")
    paragraph: str = Field(description="Its paragraph that matches best.")
    paragraph_language: str
    relevance: float = Field(description="The probability that the match is more than chance, 0 to 1.")
    also_reported: list[ArticleSummary] = Field(description="Articles about the same event in other languages.")


class NewsResult(BaseModel):
    """Articles that were found."""

    items: list[NewsItem]
    confident: bool = Field(description="Whether the archive seems to have an answer; if not, say so.")
    notes: list[str] = Field(description="What was cut or left out, and what the archive lacks.")
    next_offset: int | None = Field(description="The offset of the next results, if there may be more.")
    archive_built_at: str = Field(description="When the archive was last built; later news is not in it.")


class ArticleParagraph(BaseModel):
    """A paragraph of an article."""

    position: int = Field(description="Counts from 1 within the article.")
    section: str | None
    text: str


class ArticleResult(BaseModel):
    """An article, or a part of it."""

    article: ArticleSummary
    author: str | None
    tags: list[str]
    paragraphs: list[ArticleParagraph]
    notes: list[str] = Field(description="What was cut.")
    next_paragraph: int | None = Field(description="The first_paragraph of the next part; null after the last one.")


def news_result(answer: SearchResponse, limit: int, offset: int) -> NewsResult:
    """Return the hits of an answer, as many as a result holds; the answer was for `limit` hits from `offset` on."""

    def first(n: int) -> NewsResult:
        left_out = len(answer.hits) - n
        notes = list(answer.warnings)
        if not answer.hits:
            notes.append("No article passes these filters." if not offset else "There are no further articles.")
        elif not answer.confident:
            notes.append("The archive may have nothing about this; these are the nearest articles.")
        if any(len(hit.paragraph.text) > MAX_HIT_CHARS for hit in answer.hits[:n]):
            notes.append("Paragraphs that end in … are cut; get_article has them as a whole.")
        if left_out:
            notes.append(f"{left_out} further results did not fit; offset={offset + n} has them.")
        has_more = (left_out or len(answer.hits) == limit) and offset + n <= MAX_OFFSET
        return NewsResult(
            items=[_item(hit) for hit in answer.hits[:n]],
            confident=answer.confident,
            notes=notes,
            next_offset=offset + n if has_more else None,
            archive_built_at=answer.index.created_at,
        )

    return _largest(first, len(answer.hits))


def article_result(article: ArticleResponse, first_paragraph: int) -> ArticleResult:
    """Return an article from a paragraph on, as much as a result holds."""
    rest = [one for one in article.paragraphs if one.position >= first_paragraph]

    def first(n: int) -> ArticleResult:
        notes = []
        if n < len(rest):
            notes.append(
                f"{len(rest) - n} further paragraphs did not fit; first_paragraph={rest[n].position} has them."
            )
        if any(len(one.text) > MAX_PARAGRAPH_CHARS for one in rest[:n]):
            notes.append("Paragraphs that end in … are cut.")
        return ArticleResult(
            article=_citation(article),
            author=article.author and shortened(article.author, _MAX_TITLE_CHARS),
            tags=[shortened(tag, _MAX_TITLE_CHARS) for tag in article.tags[:_MAX_TAGS]],
            paragraphs=[_paragraph(one) for one in rest[:n]],
            notes=notes,
            next_paragraph=rest[n].position if n < len(rest) else None,
        )

    return _largest(first, len(rest))


def shortened(text: str, max_chars: int) -> str:
    """Return a text that is cut after a word, with an ellipsis, if it is longer than `max_chars`."""
    if len(text) <= max_chars:
        return text
    words, _, _ = text[:max_chars].rpartition(" ")
    return f"{words or text[: max_chars - 1]}…"


def _largest(first: Callable[[int], Result], n: int) -> Result:
    """Return the result with the most parts, at least one, that is not too long."""
    result = first(n)
    while n > 1 and len(to_json(result, indent=2)) > MAX_RESULT_BYTES:
        n -= 1
        result = first(n)
    return result


def _item(hit: Hit) -> NewsItem:
    return NewsItem(
        article=_citation(hit.article),
        paragraph=shortened(hit.paragraph.text, MAX_HIT_CHARS),
        paragraph_language=hit.paragraph.language,
        relevance=hit.relevance,
        also_reported=[_citation(other) for other in hit.also_reported[:_MAX_OTHERS]],
    )


def _citation(article: ArticleSummary) -> ArticleSummary:
    summary = ArticleSummary(
        article.id, article.title, article.language, article.source, article.url, article.published_at
    )
    return replace(
        summary,
        title=summary.title and shortened(summary.title, _MAX_TITLE_CHARS),
        source=summary.source and shortened(summary.source, _MAX_TITLE_CHARS),
        url=None if summary.url and len(summary.url) > _MAX_URL_CHARS else summary.url,
    )


def _paragraph(paragraph: Paragraph) -> ArticleParagraph:
    return ArticleParagraph(
        position=paragraph.position,
        section=paragraph.section and shortened(paragraph.section, _MAX_TITLE_CHARS),
        text=shortened(paragraph.text, MAX_PARAGRAPH_CHARS),
    )
