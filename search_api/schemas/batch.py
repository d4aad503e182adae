"""Several searches in one request."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation

from search_api.schemas.problems import Problem
from search_api.schemas.request import Format, SearchBody
from search_api.schemas.search import SearchResponse

MAX_SEARCHES = 100

MAX_BATCH_HITS = 2_000
"""Hits that the searches of a batch may ask for together; a hit with more paragraphs counts once for each."""


def _json(value: object) -> object:
    if value != Format.JSON:
        raise ValueError(f"must be {Format.JSON} in a batch")
    return value


class BatchSearch(SearchBody):
    """One search of a batch: the fields are those of `POST /v1/search`."""

    format: Annotated[Literal[Format.JSON], BeforeValidator(_json)] = Field(
        default=Format.JSON, description="An answer of a batch is always JSON."
    )


class BatchBody(BaseModel):
    """Searches that are answered together; each is checked by itself, so that a wrong one has its own problem."""

    model_config = ConfigDict(extra="forbid")

    # Described as what they should be, but read as whatever they are.
    searches: list[SkipValidation[BatchSearch]] = Field(
        min_length=1, max_length=MAX_SEARCHES, description="The searches, in the order of their answers."
    )


@dataclass(slots=True)
class BatchResponse:
    """The answers of a batch, in the order of its searches."""

    results: Annotated[
        list[SearchResponse | Problem],
        Field(
            description="Each search's answer, or what is wrong with it, which has a `status`. All are of one version."
        ),
    ]
