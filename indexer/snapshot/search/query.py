"""A query: a target, and which part of its ranking to return."""

from dataclasses import dataclass, field
from enum import StrEnum

from indexer.snapshot.index.facets import Facet
from indexer.snapshot.index.filters import Filters


class Mode(StrEnum):
    """What finds paragraphs: their meaning, meaning and words together, or both where every word occurs."""

    SEMANTIC = "semantic"
    HYBRID = "hybrid"
    EXACT = "exact"


class Group(StrEnum):
    """What one hit represents: an article, a story (an article and its near-duplicates), or a paragraph."""

    ARTICLE = "article"
    STORY = "story"
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
    """One search: hits `offset` + 1 to `offset` + `k` of the ranking of what passes `filters`, and `facets` of it."""

    target: Target
    k: int = 10
    offset: int = 0
    group: Group = Group.ARTICLE
    filters: Filters = field(default_factory=Filters)
    mode: Mode = Mode.HYBRID
    facets: tuple[Facet, ...] = ()
