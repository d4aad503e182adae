"""Parameters of a search, in the query string or as JSON."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from indexer.snapshot.index.facets import Facet
from indexer.snapshot.search.fields import MAX_HITS, FilterText, QueryText, SearchFields
from indexer.snapshot.search.query import (
    DEFAULT_HALF_LIFE_DAYS,
    ArticleTarget,
    Group,
    LongTextTarget,
    Mode,
    Query,
    Sort,
    Target,
    TextTarget,
)
from indexer.snapshot.text.normalisation import as_published, for_query_encoder

MAX_OFFSET = 1_000
MAX_PARAGRAPHS = 20
MAX_HALF_LIFE_DAYS = 36_500
MAX_HIGHLIGHTED = 20
MAX_LIKE_CHARS = 64 * 1024
"""As long as a body may be."""

MAX_EXPORTED = 10_000
"""Hits of one answer in a format that is written part by part."""


class Format(StrEnum):
    """How an answer is written: as JSON with all that it has, or its hits alone in another format."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    RSS = "rss"
    ATOM = "atom"


_STREAMED = (Format.JSONL, Format.CSV)
_WITH_PARAGRAPHS = (Format.JSON, Format.JSONL)


def _facets(value: str | None) -> str | None:
    read_facets(value)
    return value


def read_facets(value: str | None) -> tuple[Facet, ...]:
    """Return the facets in a comma list, each once; none for None.

    Raises:
        ValueError: there is no such facet.
    """
    names = [name.strip() for name in value.split(",")] if value else []
    for name in names:
        if name not in set(Facet):
            raise ValueError(f"{name!r} is none of {', '.join(Facet)}")
    return tuple(dict.fromkeys(map(Facet, names)))


class SearchParameters(SearchFields):
    """Parameters of a search besides what it is for."""

    model_config = ConfigDict(extra="forbid")

    format: Format = Field(
        default=Format.JSON,
        description="json: everything; jsonl, csv, rss or atom: the hits alone, one a line, row or entry.",
    )
    k: int = Field(
        default=10,
        ge=1,
        le=MAX_EXPORTED,
        description=f"How many hits to return, 1 to {MAX_HITS}; up to {MAX_EXPORTED:,} with format=jsonl or csv.",
    )
    offset: int = Field(default=0, ge=0, le=MAX_OFFSET, description="How many hits of the ranking to skip.")
    group: Group = Field(
        default=Group.ARTICLE,
        description="Best paragraph of each article, of each story (near-duplicates are one), of each event (articles "
        "about it in all languages are one), or every paragraph.",
    )
    mode: Mode = Field(
        default=Mode.HYBRID,
        description="Search by meaning, by meaning and words, or by both where every word occurs.",
    )
    facets: Annotated[FilterText, AfterValidator(_facets)] = Field(
        default=None,
        description="Fields whose values are counted over all relevant articles, comma-separated: source, language, "
        "tag, author, day, month.",
    )
    index_version: FilterText = Field(
        default=None, description="Answer from this version or not at all (409): for the second page and later ones."
    )
    sort: Sort = Field(
        default=Sort.RELEVANCE,
        description="relevance; newest or oldest among the relevant ones; or a blend of relevance and date.",
    )
    half_life_days: float | None = Field(
        default=None,
        gt=0,
        le=MAX_HALF_LIFE_DAYS,
        allow_inf_nan=False,
        description="For sort=blend: days in which an article loses half of its recency; "
        f"{DEFAULT_HALF_LIFE_DAYS:g} by default.",
    )
    paragraphs: int = Field(
        default=1, ge=1, le=MAX_PARAGRAPHS, description="How many paragraphs of its article a hit has, best first."
    )
    highlight: bool = Field(
        default=False,
        description="Whether hits have the sentence that matches best, and the words of the query in it; for up to "
        f"{MAX_HIGHLIGHTED} hits.",
    )

    require_complete: bool = Field(
        default=False,
        description="Answer 503 rather than without the paragraphs of shards that do not answer; exports always do.",
    )

    @field_validator("k")
    @classmethod
    def _of_one_page(cls, value: int, info: ValidationInfo) -> int:
        if value > MAX_HITS and info.data.get("format") not in _STREAMED:
            raise ValueError(
                f"input should be less than or equal to {MAX_HITS} without format={' or '.join(_STREAMED)}"
            )
        return value

    @field_validator("facets")
    @classmethod
    def _only_in_json(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("format", Format.JSON) is not Format.JSON:
            raise ValueError(f"are only in format={Format.JSON}")
        return value

    @field_validator("half_life_days")
    @classmethod
    def _only_with_blend(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("sort", Sort.BLEND) is not Sort.BLEND:
            raise ValueError("needs sort=blend")
        return value

    @field_validator("paragraphs")
    @classmethod
    def _not_of_paragraphs(cls, value: int, info: ValidationInfo) -> int:
        if value > 1 and info.data.get("group") is Group.NONE:
            raise ValueError("must be 1 with group=none, where every paragraph is a hit")
        if value * info.data.get("k", 0) > MAX_EXPORTED and value > 1:
            raise ValueError(f"ask with k for more than {MAX_EXPORTED:,} paragraphs together")
        return value

    @field_validator("paragraphs", "highlight")
    @classmethod
    def _only_with_paragraphs(cls, value: int, info: ValidationInfo) -> int:
        """Refuse more than the default, which is one paragraph and no highlights, in a format that does not show it."""
        if value > cls.model_fields[info.field_name or ""].default and (
            info.data.get("format", Format.JSON) not in _WITH_PARAGRAPHS
        ):
            raise ValueError(f"only with format={' or '.join(_WITH_PARAGRAPHS)}")
        return value

    @field_validator("highlight")
    @classmethod
    def _of_few_hits(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("k", 0) > MAX_HIGHLIGHTED:
            raise ValueError(f"needs k of {MAX_HIGHLIGHTED} or less: each sentence on the page is encoded")
        return value

    def query_for(self, target: Target) -> Query:
        """Return the search for a target that these parameters describe."""
        return Query(
            target,
            self.k,
            self.offset,
            self.group,
            self.filters,
            mode=self.mode,
            facets=read_facets(self.facets),
            sort=self.sort,
            half_life_days=self.half_life_days or DEFAULT_HALF_LIFE_DAYS,
            n_paragraphs=self.paragraphs,
            highlight=self.highlight,
        )

    def query_like(self, article_id: str) -> Query:
        """Return the search for articles like one."""
        return self.query_for(ArticleTarget(article_id, self.query_language))


class SearchRequest(SearchParameters):
    """Parameters of a search for a query."""

    q: QueryText = Field(
        description="What to look for, in any language the model knows; 1 to 1,000 characters.",
        examples=["معاهدة الشراكة بين روسيا وإيران"],
    )

    def to_query(self) -> Query:
        """Return the search that these parameters describe."""
        return self.query_for(TextTarget(self.q, self.query_language))


def _searchable(value: str) -> str:
    text = as_published(value)
    if not for_query_encoder(text):
        raise ValueError("holds nothing to search for")
    return text


class Like(BaseModel):
    """A text to find similar articles for."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, AfterValidator(_searchable)] = Field(
        min_length=1, max_length=MAX_LIKE_CHARS, description="The text, of any length; its first sentences count."
    )


class SearchBody(SearchParameters):
    """Parameters of a search for a query, or for articles like a text."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"oneOf": [{"required": ["q"]}, {"required": ["like"]}]}
    )

    like: Like | None = Field(default=None, description="A text to find similar articles for, instead of q.")
    q: QueryText | None = Field(
        default=None, validate_default=True, description="What to look for, as for GET; or else give like."
    )

    @field_validator("q")
    @classmethod
    def _one_of_both(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "like" in info.data:  # else it is wrong, which is said already
            like = info.data["like"]
            if value is None and like is None:
                raise ValueError("field required, or like instead")
            if value is not None and like is not None:
                raise ValueError("give q or like, not both")
        return value

    def to_query(self) -> Query:
        """Return the search that these parameters describe."""
        if self.like is not None:
            return self.query_for(LongTextTarget(self.like.text, self.query_language))
        return self.query_for(TextTarget(self.q or "", self.query_language))
