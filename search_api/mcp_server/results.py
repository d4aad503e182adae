"""What tools answer: citations and texts, never more than a model can read."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
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
_MAX_WARNINGS = 10
_MAX_WARNING_CHARS = 300

_MAX_ID_BYTES = 2_000
"""Longest id as JSON. A longer one is cut to `_CUT_ID_CHARS`, and no tool takes it then."""

_CUT_ID_CHARS = 100
_CUT_IDS = "Ids that end in … are too long for a result and are cut: no tool takes them."

_MOST_PARTS = MAX_RESULT_BYTES // 50
"""Every hit and every paragraph takes more than 50 bytes, even if its texts are empty."""

_LARGEST_DIVISOR = 64
"""If all texts of one part are cut to this fraction of their usual lengths, the part fits with the longest ids."""

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

    def first(n: int, divisor: int) -> NewsResult:
        left_out = len(answer.hits) - n
        has_more = (left_out or len(answer.hits) == limit) and offset + n <= MAX_OFFSET
        return NewsResult(
            items=[_item(hit, divisor) for hit in answer.hits[:n]],
            confident=answer.confident,
            notes=list(_news_notes(answer, n, offset, divisor)),
            next_offset=offset + n if has_more else None,
            archive_built_at=answer.index.created_at,
        )

    return _largest(first, len(answer.hits))


def article_result(article: ArticleResponse, first_paragraph: int) -> ArticleResult:
    """Return an article from a paragraph on, as much as a result holds."""
    rest = [one for one in article.paragraphs if one.position >= first_paragraph]

    def first(n: int, divisor: int) -> ArticleResult:
        notes = []
        if n < len(rest):
            notes.append(
                f"{len(rest) - n} further paragraphs did not fit; first_paragraph={rest[n].position} has them."
            )
        if any(len(one.text) > MAX_PARAGRAPH_CHARS // divisor for one in rest[:n]):
            notes.append("Paragraphs that end in … are cut.")
        if _is_too_long(article.id):
            notes.append(_CUT_IDS)
        return ArticleResult(
            article=_citation(article, divisor),
            author=_short_name(article.author, divisor),
            tags=[shortened(tag, _MAX_TITLE_CHARS // divisor) for tag in article.tags[:_MAX_TAGS]],
            paragraphs=[_paragraph(one, divisor) for one in rest[:n]],
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


def _largest(first: Callable[[int, int], Result], n: int) -> Result:
    """Return the result with the most of `n` parts, at least one, that is not too long; it grows with its parts.

    `first` makes the result of the first parts, whose texts have their usual lengths divided by a number. That is 1,
    unless a single part would be too long.
    """
    most = min(n, _MOST_PARTS)
    result = first(most, 1)
    if most > 1 and not _fits(result):
        most = bisect_right(range(1, most), MAX_RESULT_BYTES, key=lambda m: _n_bytes(first(m, 1)))
        result = first(max(most, 1), 1)
    divisor = 1
    while not _fits(result) and divisor < _LARGEST_DIVISOR:
        divisor *= 2
        result = first(min(n, 1), divisor)
    return result


def _fits(result: BaseModel) -> bool:
    return _n_bytes(result) <= MAX_RESULT_BYTES


def _n_bytes(result: BaseModel) -> int:
    return len(to_json(result, indent=2))


def _news_notes(answer: SearchResponse, n: int, offset: int, divisor: int) -> Iterator[str]:
    """Yield what a model should know about the first `n` hits of an answer."""
    for warning in answer.warnings[:_MAX_WARNINGS]:
        yield shortened(warning, _MAX_WARNING_CHARS // divisor)
    if len(answer.warnings) > _MAX_WARNINGS:
        yield f"{len(answer.warnings) - _MAX_WARNINGS} further warnings are left out."
    if not answer.hits:
        yield "No article passes these filters." if not offset else "There are no further articles."
    elif not answer.confident:
        yield "The archive may have nothing about this; these are the nearest articles."
    hits = answer.hits[:n]
    if any(len(hit.paragraph.text) > MAX_HIT_CHARS // divisor for hit in hits):
        yield "Paragraphs that end in … are cut; get_article has them as a whole."
    if any(_is_too_long(one.id) for hit in hits for one in (hit.article, *hit.also_reported[:_MAX_OTHERS])):
        yield _CUT_IDS
    if n < len(answer.hits):
        yield f"{len(answer.hits) - n} further results did not fit; offset={offset + n} has them."


def _item(hit: Hit, divisor: int) -> NewsItem:
    return NewsItem(
        article=_citation(hit.article, divisor),
        paragraph=shortened(hit.paragraph.text, MAX_HIT_CHARS // divisor),
        paragraph_language=hit.paragraph.language,
        relevance=hit.relevance,
        also_reported=[_citation(other, divisor) for other in hit.also_reported[:_MAX_OTHERS]],
    )


def _citation(article: ArticleSummary, divisor: int) -> ArticleSummary:
    return ArticleSummary(
        id=f"{article.id[:_CUT_ID_CHARS]}…" if _is_too_long(article.id) else article.id,
        title=_short_name(article.title, divisor),
        language=article.language,
        source=_short_name(article.source, divisor),
        url=None if article.url and len(article.url) > _MAX_URL_CHARS // divisor else article.url,
        published_at=article.published_at,
    )


def _is_too_long(article_id: str) -> bool:
    return len(to_json(article_id)) > _MAX_ID_BYTES


def _short_name(name: str | None, divisor: int) -> str | None:
    return name and shortened(name, _MAX_TITLE_CHARS // divisor)


def _paragraph(paragraph: Paragraph, divisor: int) -> ArticleParagraph:
    return ArticleParagraph(
        position=paragraph.position,
        section=_short_name(paragraph.section, divisor),
        text=shortened(paragraph.text, MAX_PARAGRAPH_CHARS // divisor),
    )
