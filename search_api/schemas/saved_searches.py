"""Saved searches in responses."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from indexer.snapshot.saved_searches.saved_search import SavedSearch


class SavedSearchResponse(SavedSearch):
    """A saved search with all its fields, null where one is not given; in OpenAPI apart from that of requests."""


@dataclass(slots=True)
class SavedSearchesResponse:
    """All saved searches, in the order of their file."""

    saved_searches: list[SavedSearchResponse]


_ALL = TypeAdapter(dict[str, list[SavedSearch]])


def saved_searches_json(searches: list[SavedSearch]) -> bytes:
    """Return a `SavedSearchesResponse` as JSON, UTF-8."""
    return _ALL.dump_json({"saved_searches": searches})
