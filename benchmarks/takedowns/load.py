"""Articles taken down while versions are swapped under load, in a service of several processes."""

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
from indexer.snapshot.layout import StoreLayout
from indexer.store.publish import publish
from indexer.store.takedown import record_takedowns, wait_until_applied

_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class LoadTakedown:
    """One takedown: the seconds at which it was recorded, and at which all processes had confirmed it.

    `confirmed_s` is None if they did not within half a minute.
    """

    article_id: str
    recorded_s: float
    confirmed_s: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One request about an article: by its id, or a search for its title. `found` says whether the answer has it."""

    article_id: str
    by_id: bool
    started_s: float
    status: int
    found: bool


@dataclass(frozen=True, slots=True)
class LoadRun:
    """All takedowns and answers of one run, and the number of swaps meanwhile."""

    workers: int
    clients: int
    swaps: int
    takedowns: list[LoadTakedown]
    answers: list[Answer]


def take_down_under_load(
    store: StoreLayout,
    versions: tuple[str, str],
    articles: Sequence[tuple[str, str]],
    *,
    workers: int,
    clients: int,
    swaps: int,
) -> LoadRun:
    """Serve a store, take down its `articles` (ids and titles) one after the other, and publish its versions in turns.

    Clients ask for these articles all the time, each one request after the other on new connections, so that all
    processes answer.

    Raises:
        BenchmarkError: the service does not start.
    """
    began, stop = time.perf_counter(), threading.Event()
    answers: list[Answer] = []
    with (
        tempfile.TemporaryDirectory() as logs,
        khabar_server(store.root, workers=workers, cache=True, log=Path(logs, "server.log")) as server,
        ThreadPoolExecutor(clients) as pool,
    ):
        host = urlsplit(server.url).netloc

        def client(number: int) -> None:
            for turn, (article_id, title) in enumerate(cycle(articles[number::clients])):
                if stop.is_set():
                    return
                by_id = turn // max(1, len(articles[number::clients])) % 2 == 0
                started = time.perf_counter() - began
                status, found = _ask(host, article_id, title, by_id=by_id)
                answers.append(Answer(article_id, by_id, started, status, found))

        futures = [pool.submit(client, number) for number in range(clients)]
        try:
            time.sleep(_PAUSE_S)
            takedowns = _take_down(store, versions, [article_id for article_id, _ in articles], swaps, began)
            time.sleep(2 * _PAUSE_S)
        finally:
            stop.set()
        for future in futures:
            future.result()
    return LoadRun(workers, clients, swaps, takedowns, answers)


def _take_down(
    store: StoreLayout, versions: tuple[str, str], article_ids: Sequence[str], swaps: int, began: float
) -> list[LoadTakedown]:
    takedowns, published = [], cycle(versions)
    for number, article_id in enumerate(article_ids):
        if number * swaps // len(article_ids) != (number - 1) * swaps // len(article_ids):
            publish(store, next(published))
        record_takedowns(store, [article_id], "takedown", "a trial")
        recorded = time.perf_counter() - began
        confirmed = time.perf_counter() - began if wait_until_applied(store) else None
        takedowns.append(LoadTakedown(article_id, recorded, confirmed))
        time.sleep(_PAUSE_S / 2)
    return takedowns


def _ask(host: str, article_id: str, title: str, *, by_id: bool) -> tuple[int, bool]:
    """Return the status of an answer, 0 without one, and whether it has the article."""
    path = f"/v1/articles/{quote(article_id, safe='')}" if by_id else f"/v1/search?q={quote(title)}"
    try:
        with closing(http.client.HTTPConnection(host, timeout=30)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            body = json.loads(response.read())
    except (OSError, http.client.HTTPException):
        return 0, False
    if by_id:
        return response.status, response.status == 200
    return response.status, any(hit["article"]["id"] == article_id for hit in body.get("hits", []))
