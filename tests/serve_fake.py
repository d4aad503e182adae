"""`khabar serve` over stores of the fake encoder, in a process of its own: `python -m tests.serve_fake --store STORE`.

Further options as those of `khabar serve`. With `--hang` there is a route that stops the event loop of its process;
with `--fail` none of several server processes can start.
"""

import argparse
import os
import time
from importlib.metadata import entry_points

from fastapi import FastAPI

from indexer.snapshot.encoder import open as opening
from search_api import cli
from search_api.server import run_server
from search_api.settings import Settings
from tests.fakes import FakeBackend

FAULT = "KHABAR_TEST_FAULT"


def use_fake_backend() -> None:
    """Open the fake encoder by its back end's entry point, as the fixture `fake_backend` does."""
    opening.entry_points = lambda group, name: [  # type: ignore[assignment,attr-defined]
        FakeBackend(entry) for entry in entry_points(group=group, name=name)
    ]


def service() -> FastAPI:
    """Return the application of one of several server processes."""
    fault = os.environ.get(FAULT)
    if fault == "fail":
        os.environ["KHABAR_STORE"] = "no-store"
    app = cli.service()
    if fault == "hang":

        async def hang() -> None:
            time.sleep(3600)  # the fault that is tested: it stops everything else on the event loop

        app.add_api_route("/healthz/hang", hang)
        app.router.routes.insert(0, app.router.routes.pop())
    return app


use_fake_backend()  # also where multiprocessing imports this module again, for the trial of a store

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", required=True)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--hang", dest="fault", action="store_const", const="hang")
    parser.add_argument("--fail", dest="fault", action="store_const", const="fail")
    given = parser.parse_args()
    if given.fault:
        os.environ[FAULT] = given.fault
    settings = Settings.model_validate({"store": given.store, "port": given.port})
    with cli._up_to_date(settings):
        run_server(settings, factory="tests.serve_fake:service", workers=given.workers)
