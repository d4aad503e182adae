"""A client of the HTTP interface: `Client`, and `AsyncClient` for asyncio. Needs `khabar[client]`; docs/client.md."""

from indexer.snapshot.saved_searches.saved_search import SavedSearch
from indexer.snapshot.search.page import Hit
from search_api.client.async_client import AsyncClient
from search_api.client.errors import (
    ClientError,
    NotFound,
    ServiceError,
    ServiceUnreachable,
    UnexpectedAnswer,
    VersionChanged,
)
from search_api.client.frames import to_dataframe
from search_api.client.options import BatchSearch, SearchOptions
from search_api.client.sync_client import Client
from search_api.schemas.alerts import AlertsResponse
from search_api.schemas.articles import ArticleResponse
from search_api.schemas.builds import BuildsResponse
from search_api.schemas.facets import FacetResponse
from search_api.schemas.index import IndexResponse
from search_api.schemas.problems import Problem
from search_api.schemas.search import SearchResponse

__all__ = [
    "AlertsResponse",
    "ArticleResponse",
    "AsyncClient",
    "BatchSearch",
    "BuildsResponse",
    "Client",
    "ClientError",
    "FacetResponse",
    "Hit",
    "IndexResponse",
    "NotFound",
    "Problem",
    "SavedSearch",
    "SearchOptions",
    "SearchResponse",
    "ServiceError",
    "ServiceUnreachable",
    "UnexpectedAnswer",
    "VersionChanged",
    "to_dataframe",
]
