"""Every request of the interface as a value: what is sent, and how its answer is read. Nothing is sent here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from search_api.client.options import Moment, SearchOptions, WireValue, wire_values
from search_api.schemas.alerts import AlertsResponse
from search_api.schemas.articles import ArticleResponse
from search_api.schemas.facets import FacetResponse
from search_api.schemas.index import IndexResponse
from search_api.schemas.search import SearchResponse

T = TypeVar("T")

MAX_LIKE_CHARS = 10_000
"""So much of a text is sent to find articles like it; its first sentences count, and a body has at most 64 KiB."""

_SEARCH = TypeAdapter(SearchResponse).validate_json
_ARTICLE = TypeAdapter(ArticleResponse).validate_json
_FACETS = TypeAdapter(FacetResponse).validate_json
_INDEX = TypeAdapter(IndexResponse).validate_json
_ALERTS = TypeAdapter(AlertsResponse).validate_json


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


def target(q: str | None, like: str | None) -> dict[str, Any]:
    """Return what a search is for, as the body of a request has it."""
    wanted = {"q": q, "like": None if like is None else {"text": like[:MAX_LIKE_CHARS]}}
    return {name: value for name, value in wanted.items() if value is not None}


def search(q: str | None, like: str | None, options: SearchOptions) -> Call[SearchResponse]:
    """Search for a query, or for articles like a text.

    By POST: the query then stands in no log of a proxy, and may be as long as the service allows.
    """
    return Call("POST", "/v1/search", _SEARCH, body=target(q, like) | wire_values(options))


def similar(article_id: str, options: SearchOptions) -> Call[SearchResponse]:
    """Search for articles like an article of the index."""
    return Call("GET", f"{_article_path(article_id)}/similar", _SEARCH, query=wire_values(options))


def article(article_id: str) -> Call[ArticleResponse]:
    """Fetch an article with its paragraphs."""
    return Call("GET", _article_path(article_id), _ARTICLE)


def facets(field_name: str, prefix: str, k: int | None) -> Call[FacetResponse]:
    """List the values of a field."""
    return Call("GET", f"/v1/facets/{_path_part(field_name)}", _FACETS, query=wire_values({"prefix": prefix, "k": k}))


def index() -> Call[IndexResponse]:
    """Describe the version that is served."""
    return Call("GET", "/v1/index", _INDEX)


def alerts(
    saved_search: str | None, since: Moment | None, before: int | None, limit: int | None
) -> Call[AlertsResponse]:
    """Fetch a page of what saved searches have found."""
    query = wire_values({"saved_search": saved_search, "since": since, "before": before, "limit": limit})
    return Call("GET", "/v1/alerts", _ALERTS, query=query)


def alerts_feed(saved_search: str | None, since: Moment | None, before: int | None, limit: int | None) -> Call[str]:
    """Fetch the same page as an Atom feed."""
    page = alerts(saved_search, since, before, limit)
    return Call(page.method, page.path, bytes.decode, query={**page.query, "format": "atom"})


def _article_path(article_id: str) -> str:
    return f"/v1/articles/{_path_part(article_id)}"


def _path_part(text: str) -> str:
    """Return any text as one part of a path; a part of dots alone would lead to another folder."""
    return text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe="")
