"""Several searches in one request."""

import json
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from indexer.snapshot.format.keys import Scope
from indexer.snapshot.layout import StoreLayout
from indexer.store.keys import create_key
from search_api.app import create_app
from search_api.holder import SnapshotHolder
from search_api.routes import batch
from search_api.routes.answer import answer
from search_api.schemas.batch import MAX_SEARCHES
from search_api.settings import Settings
from tests.service_process import service_in_thread

PROBLEM = "application/problem+json"


def post(client: TestClient, *searches: Any, **headers: str) -> Any:
    return client.post("/v1/search/batch", json={"searches": searches}, headers=headers)


def results(client: TestClient, *searches: Any) -> list[Any]:
    response = post(client, *searches)
    assert response.status_code == 200, response.text
    answers: list[Any] = response.json()["results"]
    return answers


def without_times(answer: Any) -> Any:
    return {name: value for name, value in answer.items() if name != "timing_ms"}


SEARCHES = (
    {"q": "قناة", "k": 2},
    {"q": "canal", "language": "ar", "facets": "source,month", "paragraphs": 2},
    {"like": {"text": "A probe reached the moon. " * 30}, "sort": "newest"},
    {"q": '"the canal" -tolls', "mode": "exact", "group": "none", "highlight": True},
)


def test_each_search_is_answered_as_if_it_were_alone_and_in_order(client: TestClient) -> None:
    searches = [SEARCHES[number % 4] for number in range(MAX_SEARCHES)]
    alone = [without_times(client.post("/v1/search", json=search).json()) for search in SEARCHES]
    answers = results(client, *searches)
    assert [without_times(answer) for answer in answers] == [alone[number % 4] for number in range(MAX_SEARCHES)]
    assert {answer["index"]["version"] for answer in answers} == {"v1"}


def test_each_search_has_its_own_problem(client: TestClient) -> None:
    answers = results(
        client,
        {"q": "canal"},
        {"q": " "},
        {"q": "canal", "lnaguage": "ar"},
        {"q": "canal", "format": "csv"},
        {"q": "canal", "k": 101},
        {"q": "canal", "index_version": "v0"},
        "canal",
        None,
        {"q": "زلزال"},
    )
    assert "hits" in answers[0]
    assert "hits" in answers[-1]
    assert [answer["status"] for answer in answers[1:-1]] == [422, 422, 422, 422, 409, 422, 422]
    assert answers[2]["detail"] == "lnaguage: is not known; did you mean language?"
    assert answers[3]["errors"] == [{"field": "format", "message": "must be json in a batch"}]
    assert answers[4]["errors"][0]["field"] == "k"
    assert answers[5]["title"] == "Conflict"
    assert answers[6]["detail"] == answers[7]["detail"] == "search: is not a JSON object"
    # The same problem as that of a single request.
    assert answers[1] == client.post("/v1/search", json={"q": " "}).json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"searches": []}, "searches"),
        ({"searches": [{"q": "canal"}] * 101}, "searches"),
        ({"searches": {"q": "canal"}}, "searches"),
        ({"searches": [{"q": "canal"}], "k": 3}, "k"),
        ({"searches": [{"q": "canal", "k": 100}] * 21}, "searches"),
        ({"searches": [{"q": "canal", "k": 100, "paragraphs": 20}] * 2}, "searches"),
        ({}, "searches"),
    ],
)
def test_a_body_that_is_not_a_batch_is_refused_as_a_whole(client: TestClient, body: Any, field: str) -> None:
    response = client.post("/v1/search/batch", json=body)
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_metrics_count_each_search(fake_store: Path) -> None:
    with TestClient(create_app(Settings(store=fake_store))) as client:
        results(client, *SEARCHES, {"q": ""})
        text = client.get("/metrics").text
    assert 'khabar_search_stage_seconds_count{stage="total"} 4.0' in text


def test_a_key_pays_for_each_search(fake_store: Path, tmp_path: Path) -> None:
    store = StoreLayout(shutil.copytree(fake_store, tmp_path / "store"))
    key, _ = create_key(store, "desk", [Scope.SEARCH], "10/hour")
    with TestClient(create_app(Settings(store=store.root))) as client:
        assert post(client, {"q": "canal"}).status_code == 401
        allowed = {"X-API-Key": key}
        assert post(client, *[{"q": "canal"}] * 7, **allowed).status_code == 200
        refused = post(client, *[{"q": "canal"}] * 4, **allowed)  # counts as one, and not as the other three
        assert (refused.status_code, refused.headers["content-type"]) == (429, PROBLEM)
        assert int(refused.headers["retry-after"]) > 0
        assert post(client, *[{"q": "canal"}] * 2, **allowed).status_code == 200
        assert client.get("/v1/search?q=canal", headers=allowed).status_code == 429


MANY = [{"q": "canal"}] * 60
"""More searches than a thread does without turning to others."""


class Searches:
    """Stands between the route and its searches: counts them, and calls `before` with their number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, before: Callable[[int], None] = lambda _: None) -> None:
        self.n = 0
        self._before = before
        monkeypatch.setattr(batch, "answer", self)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.n += 1
        self._before(self.n)
        return answer(*arguments, **options)


def holder_of(app: FastAPI) -> SnapshotHolder:
    holder: SnapshotHolder = app.state.khabar.holder
    return holder


def test_a_batch_never_refuses_a_part_of_itself(fake_store: Path) -> None:
    # Nothing may wait here, and the batch alone has more work than a thread.
    app = create_app(Settings(store=fake_store, threads=1, max_waiting=0, max_wait_s=60, query_cache=0))
    with TestClient(app) as client:
        assert all("hits" in answer for answer in results(client, *MANY))


def test_a_batch_is_refused_as_a_whole_when_too_many_wait(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    searches = Searches(monkeypatch, lambda _: assert_set(release))
    app = create_app(Settings(store=fake_store, threads=1, max_waiting=0))
    with service_in_thread(app) as port, ThreadPoolExecutor(1) as others:
        address = f"http://127.0.0.1:{port}/v1/search/batch"
        first = others.submit(httpx.post, address, json={"searches": MANY[:1]})
        wait_until(lambda: searches.n == 1)
        refused = httpx.post(address, json={"searches": MANY})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        release.set()
        assert first.result().status_code == 200
        assert searches.n == 1


def assert_set(event: threading.Event) -> None:
    assert event.wait(30)


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to that")


def test_other_requests_come_between_the_parts_of_a_batch(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []
    searches = Searches(monkeypatch, lambda _: time.sleep(0.02))
    app = create_app(Settings(store=fake_store, threads=1))
    with service_in_thread(app) as port, ThreadPoolExecutor(1) as others:
        base = f"http://127.0.0.1:{port}/v1/search"
        whole = others.submit(httpx.post, f"{base}/batch", json={"searches": MANY}, timeout=60)
        whole.add_done_callback(lambda _: ended.append("batch"))
        wait_until(lambda: searches.n > 0)
        for _ in range(3):
            assert httpx.get(base, params={"q": "moon"}).status_code == 200
        ended.append("searches")
        assert whole.result().status_code == 200
    assert ended == ["searches", "batch"]


def test_a_client_that_goes_away_leaves_the_rest_undone(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    searches = Searches(monkeypatch, lambda _: assert_set(gone))
    app = create_app(Settings(store=fake_store, threads=1))
    body = json.dumps({"searches": MANY})
    with service_in_thread(app) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            head = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            client.sendall(f"POST /v1/search/batch HTTP/1.1\r\n{head}\r\n\r\n{body}".encode())
            wait_until(lambda: searches.n == 1)
        time.sleep(0.2)  # the service hears of it
        gone.set()
        counted = holder_of(app)._counted
        assert counted is not None
        wait_until(lambda: counted.readers == 0)
    assert 0 < searches.n < len(MANY) / 2


def test_what_is_taken_down_meanwhile_is_in_no_later_part(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(store=fake_store, threads=1))
    Searches(monkeypatch, lambda n: holder_of(app).hide(["en-canal"]) if n == 1 else None)
    with TestClient(app) as client:
        found = [{hit["article"]["id"] for hit in answer["hits"]} for answer in results(client, *MANY)]
    assert "en-canal" in found[0]  # it had begun
    assert all("en-canal" not in ids for ids in found[len(MANY) // 2 :])


def test_a_version_that_is_withdrawn_meanwhile_is_not_read_on(
    fake_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings(store=fake_store, threads=1))
    searches = Searches(monkeypatch, lambda n: holder_of(app).withdraw("vectors lost bytes") if n == 1 else None)
    with TestClient(app, raise_server_exceptions=False) as client:
        refused = post(client, *MANY)
    assert (refused.status_code, refused.json()["detail"]) == (503, "vectors lost bytes")
    assert searches.n < len(MANY) / 2


def test_a_file_that_cannot_be_read_is_the_same_problem_as_for_one_search(
    fake_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(n: int) -> None:
        if n > len(MANY) / 2:
            raise sqlite3.DatabaseError("file is not a database")

    Searches(monkeypatch, fail)
    with TestClient(create_app(Settings(store=fake_store)), raise_server_exceptions=False) as client:
        refused = post(client, *MANY)
    assert (refused.status_code, refused.headers["content-type"]) == (503, PROBLEM)


def test_a_search_that_needs_words_that_a_version_lacks_has_its_own_problem(
    fake_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings(store=fake_store))
    with TestClient(app) as client:
        counted = holder_of(app)._counted
        assert counted is not None
        counted.snapshot = replace(counted.snapshot, lexical=None)
        exact, by_meaning = results(client, {"q": "canal", "mode": "exact"}, {"q": "canal"})
    assert (exact["status"], exact["title"]) == (409, "Conflict")
    assert by_meaning["mode"] == "semantic"


def test_a_batch_that_a_key_may_never_ask_for_is_not_to_be_tried_again(fake_store: Path, tmp_path: Path) -> None:
    store = StoreLayout(shutil.copytree(fake_store, tmp_path / "store"))
    key, _ = create_key(store, "desk", [Scope.SEARCH], "10/hour")
    with TestClient(create_app(Settings(store=store.root))) as client:
        refused = post(client, *MANY[:11], **{"X-API-Key": key})
        assert (refused.status_code, "retry-after" in refused.headers) == (422, False)
        assert refused.json()["detail"] == (
            "this key may be used 10 per 1 hour, so it may not ask for 11 searches at once"
        )
        assert post(client, *MANY[:9], **{"X-API-Key": key}).status_code == 200
