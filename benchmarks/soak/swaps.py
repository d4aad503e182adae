"""Versions swapped under load: every answer must be whole, none may fail, and few may be late."""

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.load.server import khabar_server
from benchmarks.soak.commands import khabar_index
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version

_SHOWN_WITHIN_S = 60.0
_PAUSE_S = 3.0
_POLL_S = 0.05
_ANSWERS_OF_ALL = 12


@dataclass(frozen=True, slots=True)
class Request:
    """One request: seconds from the start of the run to its start and end, and its answer.

    `version` is the version that answered, empty without an answer; `whole` says whether the hits are
    those of that version.
    """

    started_s: float
    ended_s: float
    status: int
    version: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Swap:
    """One published version: the seconds at which it was published, and at which the service first answered from it."""

    version: str
    published_s: float
    shown_s: float


@dataclass(frozen=True, slots=True)
class SwapRun:
    """All requests and swaps of one run."""

    clients: int
    requests: list[Request]
    swaps: list[Swap]


def swaps_under_load(
    store: Path,
    versions: tuple[str, str],
    queries: Sequence[str],
    *,
    n_swaps: int,
    n_requests: int,
    clients: int,
    workers: int = 1,
) -> SwapRun:
    """Serve a store and publish two of its versions in turns while clients search, each one request after the other.

    The run ends when there are enough swaps and enough requests. At the end the version that was published
    before is published again.

    Raises:
        RuntimeError: a version cannot be published, or the service does not show it within a minute.
    """
    published = current_version(StoreLayout(store))
    try:
        with (
            tempfile.TemporaryDirectory() as logs,
            khabar_server(store, workers=workers, cache=False, log=Path(logs, "server.log")) as server,
        ):
            expected = {}
            for version in versions:
                _publish(store, version)
                _wait_until_shown(server.url, version)
                with closing(_connect(server.url)) as connection:
                    expected[version] = [_search_on(connection, query)[2] for query in queries]
            return _run(server.url, store, versions, queries, expected, n_swaps, n_requests, clients)
    finally:
        _publish(store, published)


def _run(
    url: str,
    store: Path,
    versions: tuple[str, str],
    queries: Sequence[str],
    expected: dict[str, list[list[str]]],
    n_swaps: int,
    n_requests: int,
    clients: int,
) -> SwapRun:
    began, stop = time.perf_counter(), threading.Event()
    requests: list[Request] = []

    def client(number: int) -> None:
        connection = _connect(url)
        rows = cycle(range(len(queries)))
        for _ in range(number * len(queries) // clients):
            next(rows)
        for row in rows:
            if stop.is_set():
                connection.close()
                return
            started = time.perf_counter() - began
            try:
                status, version, ids = _search_on(connection, queries[row])
            except (OSError, http.client.HTTPException):
                status, version, ids = 0, "", []
                connection.close()
            whole = version in expected and ids == expected[version][row]
            requests.append(Request(started, time.perf_counter() - began, status, version, whole))

    swaps: list[Swap] = []
    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(client, number) for number in range(clients)]
        try:
            for version in cycle(versions):  # the second version is published now, because its answers were read last
                time.sleep(_PAUSE_S)  # so that there are requests between swaps too
                if len(swaps) >= n_swaps and len(requests) >= n_requests:
                    break
                if len(swaps) < n_swaps:
                    published = time.perf_counter() - began
                    _publish(store, version)
                    _wait_until_shown(url, version)
                    swaps.append(Swap(version, published, time.perf_counter() - began))
        finally:
            stop.set()
        for future in futures:
            future.result()
    return SwapRun(clients, requests, swaps)


def _publish(store: Path, version: str) -> None:
    done = khabar_index(store, "rollback", version)
    if done.returncode:
        raise RuntimeError(f"version {version} cannot be published: {done.stderr.strip()}")


def _wait_until_shown(url: str, version: str) -> None:
    """Wait until the version answers so often that every process has surely been asked."""
    end, in_a_row = time.perf_counter() + _SHOWN_WITHIN_S, 0
    while time.perf_counter() < end:
        with closing(_connect(url)) as connection:  # a connection each: they are spread over the processes
            connection.request("GET", "/v1/index")
            in_a_row = in_a_row + 1 if json.load(connection.getresponse())["version"] == version else 0
        if in_a_row == _ANSWERS_OF_ALL:
            return
        time.sleep(_POLL_S)
    raise RuntimeError(f"the service did not show version {version} within {_SHOWN_WITHIN_S:g} s")


def _connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)


def _search_on(connection: http.client.HTTPConnection, query: str) -> tuple[int, str, list[str]]:
    """Return status, version and ids of the paragraphs of one search."""
    connection.request("GET", f"/v1/search?q={quote(query)}")
    response = connection.getresponse()
    body = json.loads(response.read())
    if response.status != 200:
        return response.status, "", []
    return response.status, body["index"]["version"], [hit["paragraph"]["id"] for hit in body["hits"]]
