"""What answers the tools: a running service, or a store in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from search_api.app import create_app
from search_api.client import AsyncClient
from search_api.settings import Settings

_MAX_WAIT_S = 10.0
"""A model, and somebody who reads what it writes, wait for an answer."""


@asynccontextmanager
async def remote_service(url: str, key: str | None) -> AsyncIterator[AsyncClient]:
    """Ask the service at an address."""
    async with AsyncClient(url, key=key, max_wait_s=_MAX_WAIT_S) as client:
        yield client


@asynccontextmanager
async def local_store(settings: Settings) -> AsyncIterator[AsyncClient]:
    """Serve a store in this process to the tools alone: new versions and takedowns are followed as by any service.

    Raises:
        StoreError, ModelError: the published version cannot be served.
    """
    app = create_app(settings, guarded=False)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient("http://localhost", max_wait_s=_MAX_WAIT_S, transport=transport) as client,
    ):
        yield client
