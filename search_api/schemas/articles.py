"""Articles in responses."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.content.corpus import StoredArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleResponse(ArticleSummary):
    """An article with all its paragraphs; `extra` has the fields of its record that khabar does not use."""

    author: str | None
    tags: tuple[str, ...]
    extra: Mapping[str, Any]
    paragraphs: tuple[Paragraph, ...]

    @classmethod
    def of_stored(cls, stored: StoredArticle) -> "ArticleResponse":
        """Return the wire form of a stored article."""
        article = stored.article
        return cls(
            **asdict(ArticleSummary.of(article)),
            author=article.author,
            tags=article.tags,
            extra=article.extra,
            paragraphs=stored.paragraphs,
        )
