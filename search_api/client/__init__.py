"""A client of the HTTP interface: `Client`, and `AsyncClient` for asyncio. Needs `khabar[client]`; docs/client.md."""

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
from search_api.client.options import SearchOptions
from search_api.client.sync_client import Client

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "NotFound",
    "SearchOptions",
    "ServiceError",
    "ServiceUnreachable",
    "UnexpectedAnswer",
    "VersionChanged",
    "to_dataframe",
]
