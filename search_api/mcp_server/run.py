"""Serving the tools over standard input and output, or over HTTP."""

import asyncio
import logging.config
import signal
import sys
from contextlib import AbstractAsyncContextManager

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from search_api.access.headers import SecureHeaders
from search_api.access.hosts import ANY, CheckHost
from search_api.app import key_check
from search_api.client import AsyncClient
from search_api.listening import is_loopback, uvicorn_config
from search_api.logs import logging_config
from search_api.mcp_server.post_only import PostOnly
from search_api.mcp_server.server import build_server
from search_api.settings import Settings, comma_separated

Source = AbstractAsyncContextManager[AsyncClient]

PATH = "/mcp"

_OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")


def run_stdio(source: Source, settings: Settings) -> None:
    """Serve one client until it closes standard input, or SIGINT or SIGTERM ends the process.

    They end it at once: a thread waits for standard input, which no exception would reach, and nothing is to be saved.
    """

    async def serve() -> None:
        async with source as client:
            await build_server(client).run_stdio_async()

    _log_to_stderr(settings)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(serve())


def run_http(source: Source, settings: Settings, *, has_keys: bool) -> None:
    """Serve at the address of the settings until SIGINT or SIGTERM; with `has_keys`, to those with a key of the store.

    Raises:
        SnapshotDamaged: the file of keys cannot be read.
    """

    async def serve() -> None:
        async with source as client:
            app = http_app(client, settings, has_keys=has_keys)
            await uvicorn.Server(uvicorn_config(app, settings)).serve()

    _log_to_stderr(settings)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again after it has shut down
    asyncio.run(serve())


def http_app(client: AsyncClient, settings: Settings, *, has_keys: bool) -> Starlette:
    """Return the application, which answers each request by itself: there are no sessions that somebody could take.

    The SDK refuses what a page of a stranger sends to this machine, by `Host` and `Origin`. Where other machines reach
    the server it cannot know the addresses that they use, and `CheckHost` alone decides, as in the service.
    """
    app = build_server(client).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        transport_security=_transport_security(settings),
    )
    app.add_middleware(PostOnly)
    if has_keys:
        keys = key_check(settings)
        app.add_middleware(keys.cls, *keys.args, **keys.kwargs)
    app.add_middleware(CheckHost, comma_separated(settings.allowed_hosts))
    app.add_middleware(SecureHeaders)
    return app


def _transport_security(settings: Settings) -> TransportSecuritySettings:
    names = {*_OWN_NAMES, settings.host, *comma_separated(settings.allowed_hosts)}
    if not is_loopback(settings.host) or ANY in names:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    hosts = [host for name in sorted(names) for host in (name, f"{name}:*")]
    origins = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _log_to_stderr(settings: Settings) -> None:
    """Send every log to standard error: standard output belongs to the protocol."""
    config = logging_config(settings.log_format, access_log=False)
    logging.config.dictConfig({**config, "root": {"handlers": ["stderr"], "level": "WARNING"}})
