"""Articles and paragraphs in responses."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field

from indexer.snapshot.content.article import ArticleRef, Paragraph
from indexer.snapshot.content.corpus import StoredArticle


@dataclass(slots=True)
class ParagraphOut:
    """A paragraph; positions count from 1 within the article."""

    id: str
    position: int
    section: str | None
    text: str
    language: Annotated[str, Field(description="That of the article, unless it is surely another.")]

    @classmethod
    def of(cls, paragraph: Paragraph) -> "ParagraphOut":
        """Return the wire form of a paragraph."""
        return cls(
            id=paragraph.id,
            position=paragraph.position,
            section=paragraph.section,
            text=paragraph.text,
            language=paragraph.language,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleResponse(ArticleRef):
    """An article with all its paragraphs; `extra` has the fields of its record that khabar does not use."""

    author: str | None
    tags: list[str]
    extra: dict[str, Any]
    paragraphs: list[ParagraphOut]

    @classmethod
    def whole(cls, stored: StoredArticle) -> "ArticleResponse":
        """Return the wire form of a stored article."""
        article = stored.article
        return cls(
            **asdict(ArticleRef.of(article)),
            author=article.author,
            tags=list(article.tags),
            extra=dict(article.extra),
            paragraphs=[ParagraphOut.of(paragraph) for paragraph in stored.paragraphs],
        )
