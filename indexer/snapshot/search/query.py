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
    """What one hit represents.

    An article, a story (an article and its near-duplicates), an event (articles in any language about it), or a
    paragraph.
    """

    ARTICLE = "article"
    STORY = "story"
    EVENT = "event"
    NONE = "none"


class Sort(StrEnum):
    """The order of hits: by relevance, by date among the relevant ones, or by both (`search/sort.py`)."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    BLEND = "blend"


@dataclass(frozen=True, slots=True)
class TextTarget:
    """A text to search for; its language is detected where `language` is None."""

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class LongTextTarget:
    """A text of any length to find similar articles for; its language is detected where `language` is None."""

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleTarget:
    """An article of the version to find similar ones for; its own story is not found.

    It is read in its own language where `language` is None.
    """

    article_id: str
    language: str | None = None


Target = TextTarget | LongTextTarget | ArticleTarget
"""What paragraphs are compared with."""


DEFAULT_HALF_LIFE_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Query:
    """One search: hits `offset` + 1 to `offset` + `k` of the ranking of what passes `filters`, and `facets` of it.

    `half_life_days`, above 0, belongs to `Sort.BLEND`. With `n_paragraphs` above 1, a hit has as many paragraphs of its
    article, best first. With `highlight`, it has the sentence that matches best and the words that occur.
    """

    target: Target
    k: int = 10
    offset: int = 0
    group: Group = Group.ARTICLE
    filters: Filters = field(default_factory=Filters)
    mode: Mode = Mode.HYBRID
    facets: tuple[Facet, ...] = ()
    sort: Sort = Sort.RELEVANCE
    half_life_days: float = DEFAULT_HALF_LIFE_DAYS
    n_paragraphs: int = 1
    highlight: bool = False
