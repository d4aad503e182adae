"""A query: a target, and which part of its ranking to return."""

from dataclasses import dataclass, field
from enum import StrEnum

from indexer.snapshot.index.filters import Filters


class Group(StrEnum):
    """What one hit represents.

    An article, a story (an article and its near-duplicates), an event (articles in any language about it), or a
    paragraph.
    """

    ARTICLE = "article"
    STORY = "story"
    EVENT = "event"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TextTarget:
    """A text to search for; its language is detected where `language` is None."""

    text: str
    language: str | None = None


Target = TextTarget
"""What paragraphs are compared with. Other targets, such as an article, join this type."""


@dataclass(frozen=True, slots=True)
class Query:
    """One search: hits `offset` + 1 to `offset` + `k` of the ranking of what passes `filters`."""

    target: Target
    k: int = 10
    offset: int = 0
    group: Group = Group.ARTICLE
    filters: Filters = field(default_factory=Filters)
