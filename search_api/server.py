"""Running the service: uvicorn with uvloop, one or several processes."""

import os
import signal
import socket
import sys
from concurrent.futures import ProcessPoolExecutor
from errno import EADDRINUSE
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from indexer.snapshot.errors import ListenError
from indexer.snapshot.reader import open_snapshot
from search_api.app import create_app
from search_api.metrics import SHARED_FOLDER
from search_api.settings import Settings

# The service's own messages go where uvicorn's go.
_LOGGING: dict[str, Any] = {
    **LOGGING_CONFIG,
    "loggers": {**LOGGING_CONFIG["loggers"], "search_api": {"handlers": ["default"], "level": "INFO"}},
}


def run_server(settings: Settings, *, factory: str, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; running requests end first.

    One process serves the snapshot that is opened here. With several, each process makes its application
    with `factory` ("module:function"); `settings` reach it through the environment.

    Raises:
        StoreError, ModelError: the published version cannot be served; raised before the port is opened.
        ListenError: the port is in use, or the address is none of this machine.
    """
    _check_address(settings)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again after it has shut down
    if workers == 1:
        snapshot = open_snapshot(settings.store)
        _run(create_app(settings, snapshot=snapshot), settings)
        return
    # A bad store is reported once and not by each process. The trial has a process of its own: what it
    # loads would stay in this one's memory as long as this one runs.
    with ProcessPoolExecutor(1, get_context("spawn")) as trial:
        trial.submit(_try_to_open, settings.store).result()
    for name, value in settings.model_dump(exclude_none=True).items():
        os.environ[f"KHABAR_{name.upper()}"] = str(value)
    with TemporaryDirectory(prefix="khabar-metrics-") as shared:
        os.environ[SHARED_FOLDER] = shared
        _run(factory, settings, factory=True, workers=workers)


def _check_address(settings: Settings) -> None:
    """Fail early and in plain words; uvicorn would load the store first, and log an error number."""
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


def _try_to_open(store: Path) -> None:
    open_snapshot(store).close()


def _run(app: object, settings: Settings, *, factory: bool = False, workers: int = 1) -> None:
    try:
        uvicorn.run(
            app,  # type: ignore[arg-type]  # an application, or the name of its factory
            factory=factory,
            host=settings.host,
            port=settings.port,
            workers=workers,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=_LOGGING,
            proxy_headers=False,  # the client's address is not used
            timeout_graceful_shutdown=settings.shutdown_s,
        )
    except SystemExit as status:
        # uvicorn has logged the reason, such as a port in use; its status for that is khabar's for a held lock.
        raise SystemExit(1 if status.code else 0) from status
