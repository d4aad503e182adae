"""Running the service: uvicorn with uvloop, one or several processes."""

import os

import uvicorn

from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version
from search_api.settings import Settings


def run_server(settings: Settings, *, factory: str, workers: int) -> None:
    """Serve until interrupted.

    `factory` ("module:function") makes the application in each of the `workers` processes, from
    `settings`, which travel in the environment.

    Raises:
        StoreError: what is published cannot be served; known before a process is started.
    """
    store = StoreLayout(settings.store)
    check_version(store, current_version(store))
    for name, value in settings.model_dump(exclude_none=True).items():
        os.environ[f"KHABAR_{name.upper()}"] = str(value)
    uvicorn.run(
        factory,
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        timeout_graceful_shutdown=settings.shutdown_s,
    )
