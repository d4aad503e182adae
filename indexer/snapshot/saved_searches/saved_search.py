"""What a saved search is: the fields that people write, in a line of the file or over HTTP."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from indexer.snapshot.scores.calibration import CONFIDENT
from indexer.snapshot.search.fields import FilterText, Languages, QueryText, SearchFields
from indexer.snapshot.search.query import Group, Mode, Query, TextTarget
from indexer.snapshot.text.validation import first_problem

_URL = TypeAdapter(HttpUrl)
_MAX_URL_CHARS = 1_000


def _comma_list(value: object) -> object:
    """Return a list of language tags as the comma-separated text that requests have."""
    return ",".join(map(str, value)) if isinstance(value, list) else value


def _webhook(value: str | None) -> str | None:
    """Return an address in the one form that every library reads alike: `http:/host` becomes `http://host/`."""
    if value is None:
        return None
    try:
        url = _URL.validate_python(value)
    except ValidationError as error:
        raise ValueError(first_problem(error)[1]) from error
    if url.username or url.password:
        raise ValueError("must hold no user and no password: deliveries are signed")
    if len(str(url)) > _MAX_URL_CHARS:  # what is written to the file must be readable
        raise ValueError(f"should have at most {_MAX_URL_CHARS:,} characters, with %-escapes in place of other letters")
    return str(url)


class SavedSearch(SearchFields):
    """A search that is run after each build; its fields are those of a search over HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="Its name, which no other one has; 1 to 200 characters."
    )
    query: QueryText = Field(description="What to look for, as q of a search.")
    language: Annotated[Languages, BeforeValidator(_comma_list)] = Field(
        default=None, description="Languages of the results, comma-separated, such as en,ar; all by default."
    )
    k: int | None = Field(default=None, ge=1, description="The most alerts of one run; all by default.")
    min_relevance: float = Field(
        default=CONFIDENT, ge=0, le=1, description="The least relevance of a paragraph that is an alert."
    )
    # With words, a hit has the relevance of its place; here each paragraph's own one decides whether it is an alert.
    mode: Mode = Field(default=Mode.SEMANTIC, description="As mode of a search; semantic by default.")
    webhook: Annotated[FilterText, AfterValidator(_webhook)] = Field(
        default=None,
        description="Address, http or https, to which `khabar index alerts` sends each alert; none by default.",
    )

    def to_query(self, k: int, offset: int) -> Query:
        """Return the search that these fields describe, for some of its hits; all reports of an event are one hit."""
        target = TextTarget(self.query, self.query_language)
        return Query(target, k=k, offset=offset, group=Group.EVENT, filters=self.filters, mode=self.mode)
