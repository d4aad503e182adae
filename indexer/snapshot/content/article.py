"""Articles and paragraphs, and the ids of paragraphs."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from indexer.snapshot.text.normalisation import for_encoder
from indexer.snapshot.text.utc import utc_text

_PARAGRAPH_DIGEST_HEX = 12
_PARAGRAPH_DIGEST = re.compile(rf"[0-9a-f]{{{_PARAGRAPH_DIGEST_HEX}}}")


@dataclass(frozen=True, slots=True)
class PublicationTime:
    """When an article was published, to the day or to the second.

    `text` is an ISO 8601 date ("2025-04-21") where only the day is known, else a date-time in UTC
    ("2025-04-21T09:30:00Z"). `timestamp` is Unix time in seconds; for a day, its first second in UTC.
    """

    text: str
    timestamp: int

    @classmethod
    def parse(cls, value: str) -> "PublicationTime":
        """Read an ISO 8601 date or date-time; without a zone it is in UTC.

        Raises:
            ValueError: `value` is neither.
        """
        value = value.strip()
        try:
            day = date.fromisoformat(value)
        except ValueError:
            # Whole seconds first: the number of the last microseconds of 9999 would round up to a year that is none.
            moment = _parse_moment(value).replace(microsecond=0)
            return cls(text=utc_text(moment), timestamp=int(moment.timestamp()))
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return cls(text=day.isoformat(), timestamp=int(midnight.timestamp()))

    @property
    def is_day(self) -> bool:
        """Whether only the day is known."""
        return "T" not in self.text


def _parse_moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{value!r} is not an ISO 8601 date or date-time such as 2025-04-21T09:30:00Z") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news article as its source gave it.

    `blocks` are the lines of its body in order: paragraphs and subheadings, not yet distinguished.
    `extra` holds the fields of the record that khabar does not use, unchanged.
    """

    id: str
    language: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: PublicationTime | None = None
    blocks: tuple[str, ...]
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """What hits and alerts show of an article besides its text; `published_at` is ISO 8601."""

    id: str
    title: str | None
    language: str
    source: str | None
    url: str | None
    published_at: str | None

    @classmethod
    def of(cls, article: Article) -> "ArticleSummary":
        """Return the summary of an article."""
        published_at = article.published.text if article.published else None
        return ArticleSummary(article.id, article.title, article.language, article.source, article.url, published_at)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One searchable part of an article; `position` counts from 1 within the article.

    `language` is the article's, unless the paragraph is certainly in another one.
    """

    id: str
    position: int
    section: str | None
    text: str
    language: str


def paragraph_id(article_id: str, text: str, occurrence: int) -> str:
    """Return the id of a paragraph: its article's id, a colon, and a digest of its text.

    The id does not depend on the position: a paragraph keeps it when others are added, removed or moved, and no other
    text inherits it. `occurrence` counts from 0 and separates paragraphs of one article that have the same text.
    """
    digest = hashlib.sha256(f"{occurrence}\n{for_encoder(text)}".encode()).hexdigest()
    return f"{article_id}:{digest[:_PARAGRAPH_DIGEST_HEX]}"


def article_of_paragraph(text: str) -> str | None:
    """Return the id of the article in a text that has the form of a paragraph's id; None if it has another form."""
    article_id, _, digest = text.rpartition(":")
    return article_id if article_id and _PARAGRAPH_DIGEST.fullmatch(digest) else None
