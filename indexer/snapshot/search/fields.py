"""The fields of a search as people write them, in requests, saved searches and canaries."""

from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.index.filters import Filters, end_of
from indexer.snapshot.search.name_lists import NameList, read_names
from indexer.snapshot.search.since import beginning, read_span
from indexer.snapshot.text.language import canonical_language
from indexer.snapshot.text.normalisation import as_published, for_encoder, for_query_encoder
from indexer.snapshot.text.query_syntax import meant_text

MAX_QUERY_CHARS = 1_000
MAX_HITS = 100
MAX_LANGUAGES = 8
_MAX_FILTER_CHARS = 1_000


def _absent_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _query_text(value: str) -> str:
    text = as_published(value)
    if not for_query_encoder(meant_text(text)):
        raise ValueError("holds nothing to search for")
    return text


def _languages(value: str | None) -> str | None:
    if value is None:
        return None
    tags = value.split(",")
    if len(tags) > MAX_LANGUAGES:
        raise ValueError(f"has {len(tags):,} languages, more than {MAX_LANGUAGES}")
    return ",".join(canonical_language(tag.strip()) for tag in tags)


def _language(value: str | None) -> str | None:
    return None if value is None else canonical_language(value.strip())


def _moment(value: str | None) -> str | None:
    if value is None:
        return None
    folded = for_encoder(value)  # Arabic-Indic digits, and what right-to-left text brings along when it is copied
    PublicationTime.parse(folded)
    return folded


def _names(value: str | None) -> str | None:
    if value is not None:
        read_names(value)
    return value


def _span(value: str | None) -> str | None:
    if value is None:
        return None
    folded = for_encoder(value)
    read_span(folded)
    return folded


QueryText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUERY_CHARS), AfterValidator(_query_text)
]
_ShortText = Annotated[str, StringConstraints(max_length=_MAX_FILTER_CHARS)]
FilterText = Annotated[_ShortText | None, BeforeValidator(_absent_if_blank)]
Languages = Annotated[FilterText, AfterValidator(_languages)]
Language = Annotated[FilterText, AfterValidator(_language)]
Moment = Annotated[FilterText, AfterValidator(_moment)]
NameFilter = Annotated[FilterText, AfterValidator(_names)]
Span = Annotated[FilterText, AfterValidator(_span)]


class SearchFields(BaseModel):
    """The fields of every kind of search besides its text."""

    language: Languages = Field(
        default=None, description="Languages of the results, comma-separated, such as en,ar; all by default."
    )
    query_language: Language = Field(default=None, description="Language of the query; detected by default.")
    source: NameFilter = Field(
        default=None,
        description="Only articles of these sources, comma-separated; -name excludes one. Capitals, spaces and Arabic "
        'spellings do not matter. A name with a comma or a dash at its start is written in double quotes: "Post, The".',
    )
    tag: NameFilter = Field(default=None, description="Only articles with one of these tags, written as sources are.")
    author: NameFilter = Field(default=None, description="Only articles of these authors, written as sources are.")
    published_from: Moment = Field(
        default=None, description="Earliest day (2025-04-21) or moment (2025-04-21T09:30:00Z), inclusive."
    )
    published_to: Moment = Field(default=None, description="Latest day or moment, inclusive; a day to its end.")
    since: Span = Field(
        default=None,
        description="Only articles of the last hours, days or weeks: 24h, 7d, 3w; in place of published_from.",
    )

    @field_validator("published_to")
    @classmethod
    def _not_before_its_beginning(cls, value: str | None, info: ValidationInfo) -> str | None:
        begin = info.data.get("published_from")
        if value and begin and end_of(PublicationTime.parse(value)) <= PublicationTime.parse(begin).timestamp:
            raise ValueError(f"{value!r} is before published_from, {begin!r}")
        return value

    @field_validator("since")
    @classmethod
    def _only_one_beginning(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("published_from"):
            raise ValueError("is given together with published_from")
        return value

    @cached_property
    def filters(self) -> Filters:
        """The filters that these fields describe; `since` ends when they are first asked for."""
        sources, tags, authors = (
            read_names(text) if text else NameList() for text in (self.source, self.tag, self.author)
        )
        return Filters(
            languages=tuple(self.language.split(",")) if self.language else (),
            sources=sources.included,
            published_from=self._published_from(),
            published_to=PublicationTime.parse(self.published_to) if self.published_to else None,
            tags=tags.included,
            authors=authors.included,
            excluded_sources=sources.excluded,
            excluded_tags=tags.excluded,
            excluded_authors=authors.excluded,
        )

    def _published_from(self) -> PublicationTime | None:
        if self.since:
            return beginning(read_span(self.since), datetime.now(UTC))
        return PublicationTime.parse(self.published_from) if self.published_from else None
