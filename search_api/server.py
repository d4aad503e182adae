"""Running the service: uvicorn with uvloop, one or several processes."""

import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from indexer.snapshot.reader import open_snapshot
from search_api.app import create_app
from search_api.metrics import SHARED_FOLDER
from search_api.settings import Settings

# What the service logs itself goes where uvicorn's own messages go.
_LOGGING: dict[str, Any] = {
    **LOGGING_CONFIG,
    "loggers": {**LOGGING_CONFIG["loggers"], "search_api": {"handlers": ["default"], "level": "INFO"}},
}


def run_server(settings: Settings, *, factory: str, workers: int) -> None:
    """Serve until SIGINT or SIGTERM, which both end running requests first and then return.

    One process serves the snapshot that is opened here. Of several, each makes the application
    with `factory` ("module:function") from `settings`, which travel in the environment.

    Raises:
        StoreError, ModelError: what is published cannot be served; known before anything listens.
    """
    signal.signal(signal.SIGTERM, _end)  # uvicorn hands the signal on when it has shut down
    if workers == 1:
        snapshot = open_snapshot(settings.store)
        _run(create_app(settings, snapshot=snapshot), settings)
        return
    # A bad store is told of once, and not by each of the processes. In a process of its own: what is
    # loaded for it would stay in this one's memory as long as it runs.
    with ProcessPoolExecutor(1, get_context("spawn")) as trial:
        trial.submit(_try, settings.store).result()
    for name, value in settings.model_dump(exclude_none=True).items():
        os.environ[f"KHABAR_{name.upper()}"] = str(value)
    with TemporaryDirectory(prefix="khabar-metrics-") as shared:
        os.environ[SHARED_FOLDER] = shared
        _run(factory, settings, factory=True, workers=workers)


def _try(store: Path) -> None:
    open_snapshot(store).close()


def _run(app: object, settings: Settings, *, factory: bool = False, workers: int = 1) -> None:
    try:
        uvicorn.run(
            app,  # type: ignore[arg-type]  # an application or the name of what makes one
            factory=factory,
            host=settings.host,
            port=settings.port,
            workers=workers,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=_LOGGING,
            proxy_headers=False,  # nobody here asks for the client's address
            timeout_graceful_shutdown=settings.shutdown_s,
        )
    except SystemExit as ended:
        # uvicorn has logged why, such as a port that is taken; its own status for it is our lock's.
        raise SystemExit(1 if ended.code else 0) from ended


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
