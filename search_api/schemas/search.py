"""The answer to a search.

Responses are dataclasses: validating them would take longer than a search has left. Pydantic still
serialises them, and FastAPI describes them.
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter

from indexer.snapshot.format.manifest import Manifest
from indexer.snapshot.index.facets import Facet, FacetValue
from indexer.snapshot.search.facets import MAX_FACET_VALUES
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Mode
from indexer.snapshot.search.search import SearchResult, Timing
from search_api.schemas.index import IndexRef


@dataclass(slots=True)
class QueryOut:
    """The query as it was understood."""

    text: Annotated[
        str,
        Field(description="Its text; of an article or a text to find similar ones for, the title or the beginning."),
    ]
    language: Annotated[str, Field(description='BCP-47; "und" where it is unknown.')]


@dataclass(slots=True)
class SearchResponse:
    """Answer to a search."""

    query: QueryOut
    mode: Annotated[Mode, Field(description="The mode that was used.")]
    confident: Annotated[
        bool,
        Field(
            description="Whether the index seems to have an answer: one of the first paragraphs holds every word, or "
            "the best ones are nearer than those of most queries that have no answer."
        ),
    ]
    hits: tuple[Hit, ...]
    warnings: Annotated[
        tuple[str, ...], Field(description="What the request asks for and the index lacks, such as an unknown source.")
    ]
    facets: Annotated[
        Mapping[Facet, tuple[FacetValue, ...]],
        Field(
            description=f"For each requested facet up to {MAX_FACET_VALUES} values and the number of relevant articles "
            "that have them, greatest first, without the filter of the facet's own field."
        ),
    ]
    index: IndexRef
    timing_ms: Timing
    complete: Annotated[
        bool,
        Field(
            description="False where shards did not answer, so that their paragraphs were not searched; else left out.",
            exclude_if=bool,
        ),
    ] = True
    missing_share: Annotated[
        float,
        Field(description="The share of all paragraphs that were not searched, if any.", exclude_if=operator.not_),
    ] = 0.0

    @classmethod
    def of(cls, result: SearchResult, manifest: Manifest) -> "SearchResponse":
        """Return the wire form of a result."""
        return cls(
            query=QueryOut(text=result.text, language=result.language),
            mode=result.mode,
            confident=result.confident,
            hits=result.hits,
            warnings=result.warnings,
            facets=result.facets,
            index=IndexRef.of(manifest),
            timing_ms=result.timing_ms,
            complete=not result.missing_share,
            missing_share=result.missing_share,
        )

    def to_json(self) -> bytes:
        """Return the response as JSON, UTF-8."""
        return _SEARCH_RESPONSE.dump_json(self)


_SEARCH_RESPONSE = TypeAdapter(SearchResponse)
