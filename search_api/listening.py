"""Where a server of khabar may listen, and how uvicorn serves its application."""

import ipaddress
import socket
from collections.abc import Sequence
from errno import EADDRINUSE
from typing import Any

import uvicorn

from indexer.snapshot.errors import ListenError
from indexer.snapshot.format.keys import read_keys
from indexer.snapshot.layout import StoreLayout
from search_api.access.http_protocol import BoundedHttpProtocol
from search_api.logs import logging_config
from search_api.settings import Settings, comma_separated


def refuse_strangers(settings: Settings, hosts: Sequence[str]) -> None:
    """Refuse addresses that other machines reach, unless requests need a key.

    Raises:
        SnapshotDamaged: the file of keys cannot be read.
        ListenError: one is reached.
    """
    store = StoreLayout(settings.store)
    read_keys(store)  # reports a file that cannot be read before anything else
    reached = next((host for host in hosts if not is_loopback(host)), None)
    if reached is None or settings.insecure or settings.require_keys or store.keys.exists():
        return
    raise ListenError(
        f"other machines can reach {reached}, and this store has no keys: khabar keys new makes one, "
        "and --insecure answers everything to everybody"
    )


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_address(settings: Settings) -> None:
    """Fail early and in plain words; uvicorn would load the store first, and log an error number.

    Raises:
        ListenError: the port is in use, or the address is none of this machine.
    """
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        reason = "another program uses it" if error.errno == EADDRINUSE else error.strerror
        raise ListenError(
            f"cannot listen on port {settings.port} of {settings.host}: {reason}; --port and --host name another"
        ) from error


def uvicorn_config(app: object, settings: Settings, **options: Any) -> uvicorn.Config:
    """Return how uvicorn serves an application, with bounds on what a request may be."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # an application, or the name of its factory
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws="none",
        server_header=False,
        access_log=settings.access_log,
        log_config=logging_config(settings.log_format, access_log=settings.access_log),
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=comma_separated(settings.trusted_proxies),
        timeout_graceful_shutdown=settings.shutdown_s,
        **options,
    )
