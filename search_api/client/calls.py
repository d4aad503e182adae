"""Every request of the interface as a value: what is sent, and how its answer is read. Nothing is sent here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from indexer.snapshot.saved_searches.saved_search import SavedSearch
from indexer.snapshot.search.page import Hit
from search_api.client.options import BatchSearch, Moment, SearchOptions, WireValue, wire_values
from search_api.schemas.alerts import AlertsResponse
from search_api.schemas.articles import ArticleResponse
from search_api.schemas.batch import BatchResponse
from search_api.schemas.builds import BuildsResponse
from search_api.schemas.facets import FacetResponse
from search_api.schemas.index import IndexResponse
from search_api.schemas.problems import Problem
from search_api.schemas.request import MAX_EXPORTED, Format
from search_api.schemas.search import SearchResponse

T = TypeVar("T")

SENT_LIKE_CHARS = 10_000
"""So much of a text is sent to find articles like it; its first sentences count, and a body has at most 64 KiB."""

_SEARCH = TypeAdapter(SearchResponse).validate_json
_BATCH = TypeAdapter(BatchResponse).validate_json
_ARTICLE = TypeAdapter(ArticleResponse).validate_json
_FACETS = TypeAdapter(FacetResponse).validate_json
_INDEX = TypeAdapter(IndexResponse).validate_json
_BUILDS = TypeAdapter(BuildsResponse).validate_json
_ALERTS = TypeAdapter(AlertsResponse).validate_json

_ALL_SAVED = TypeAdapter(dict[str, list[SavedSearch]]).validate_json

_SAVED_PATH = "/v1/saved-searches"

read_hit = TypeAdapter(Hit).validate_json
"""Reads a line of JSON Lines."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request; `read` makes the result of the body of a good answer, and raises ValueError for another one.

    A call that is not `repeatable` would do something twice if it was sent twice.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    read: Callable[[bytes], T]
    query: Mapping[str, WireValue] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    repeatable: bool = True


def search(q: str | None, like: str | None, similar_to: str | None, options: SearchOptions) -> Call[SearchResponse]:
    """Search for a query, for articles like a text, or for articles like one of the index.

    By POST where that is possible: a query then stands in no log of a proxy, and may be as long as the service allows.
    """
    wanted = wire_values(options)
    if similar_to is not None:
        return Call("GET", f"{_article_path(similar_to)}/similar", _SEARCH, query=wanted)
    return Call("POST", "/v1/search", _SEARCH, body=_target(q, like) | wanted)


def search_batch(searches: Sequence[BatchSearch]) -> Call[list[SearchResponse | Problem]]:
    """Do several searches."""
    return Call("POST", "/v1/search/batch", _results, body={"searches": [_batch_search(search) for search in searches]})


def export(page: Call[SearchResponse], file_format: str, read: Callable[[bytes], T]) -> Call[T]:
    """Do a search whose hits are written in a format, by default as many as it allows; `read` is for a part of it."""
    form: dict[str, WireValue] = {"format": file_format}
    if file_format in {Format.JSONL, Format.CSV}:
        form["k"] = MAX_EXPORTED
    if page.body is None:
        return Call(page.method, page.path, read, query={**form, **page.query})
    return Call(page.method, page.path, read, body={**form, **page.body})


def article(article_id: str) -> Call[ArticleResponse]:
    """Fetch an article with its paragraphs."""
    return Call("GET", _article_path(article_id), _ARTICLE)


def facets(field_name: str, prefix: str, k: int | None) -> Call[FacetResponse]:
    """List the values of a field."""
    return Call("GET", f"/v1/facets/{_path_part(field_name)}", _FACETS, query=wire_values({"prefix": prefix, "k": k}))


def index() -> Call[IndexResponse]:
    """Describe the version that is served."""
    return Call("GET", "/v1/index", _INDEX)


def builds(limit: int | None) -> Call[BuildsResponse]:
    """Fetch how the versions on disk were built."""
    return Call("GET", "/v1/builds", _BUILDS, query=wire_values({"limit": limit}))


def alerts(
    saved_search: str | None, since: Moment | None, before: int | None, limit: int | None
) -> Call[AlertsResponse]:
    """Fetch a page of what saved searches have found."""
    query = wire_values({"saved_search": saved_search, "since": since, "before": before, "limit": limit})
    return Call("GET", "/v1/alerts", _ALERTS, query=query)


def alerts_feed(
    saved_search: str | None, since: Moment | None, before: int | None, limit: int | None, file_format: str
) -> Call[str]:
    """Fetch the same page as a feed."""
    page = alerts(saved_search, since, before, limit)
    return Call(page.method, page.path, bytes.decode, query={**page.query, "format": file_format})


def saved_searches() -> Call[list[SavedSearch]]:
    """List the saved searches."""
    return Call("GET", _SAVED_PATH, _saved_searches)


def saved_search(search_id: str) -> Call[SavedSearch]:
    """Fetch a saved search."""
    return Call("GET", _saved_path(search_id), _saved_search)


def add_saved_search(saved: SavedSearch) -> Call[SavedSearch]:
    """Add a saved search."""
    return Call("POST", _SAVED_PATH, _saved_search, body=_fields(saved), repeatable=False)


def replace_saved_search(saved: SavedSearch) -> Call[SavedSearch]:
    """Put a saved search in the place of the one with its id."""
    return Call("PUT", _saved_path(saved.id), _saved_search, body=_fields(saved), repeatable=False)


def remove_saved_search(search_id: str) -> Call[None]:
    """Remove a saved search."""
    return Call("DELETE", _saved_path(search_id), _nothing, repeatable=False)


def run_saved_search(search_id: str) -> Call[SearchResponse]:
    """Run a saved search over the whole index; it changes nothing."""
    return Call("POST", f"{_saved_path(search_id)}/run", _SEARCH)


def _target(q: str | None, like: str | None) -> dict[str, Any]:
    """Return what a search is for, as the body of a request has it."""
    wanted = {"q": q, "like": None if like is None else {"text": like[:SENT_LIKE_CHARS]}}
    return {name: value for name, value in wanted.items() if value is not None}


def _batch_search(one: object) -> dict[str, Any]:
    if not isinstance(one, Mapping):  # programs without a type checker give texts
        raise TypeError(f"each search of a batch is a dict with q or like, such as {{'q': 'oil'}}, and not {one!r}")
    options = {name: value for name, value in one.items() if name not in {"q", "like"}}
    return _target(one.get("q"), one.get("like")) | wire_values(options)


def _results(content: bytes) -> list[SearchResponse | Problem]:
    return _BATCH(content).results


def _article_path(article_id: str) -> str:
    return f"/v1/articles/{_path_part(article_id)}"


def _path_part(text: str) -> str:
    """Return any text as one part of a path; a part of dots alone would lead to another folder."""
    return text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe="")


def _saved_path(search_id: str) -> str:
    return f"{_SAVED_PATH}/{_path_part(search_id)}"


def _fields(saved: SavedSearch) -> dict[str, Any]:
    return saved.model_dump(mode="json", exclude_none=True)


# What a newer service has besides is left out, as of other answers; SavedSearch itself refuses unknown fields.
def _saved_search(content: bytes) -> SavedSearch:
    return SavedSearch.model_validate_json(content, extra="ignore")


def _saved_searches(content: bytes) -> list[SavedSearch]:
    return _ALL_SAVED(content, extra="ignore")["saved_searches"]


def _nothing(_content: bytes) -> None:
    return None
