"""Searches of one process take turns with Python."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from indexer.snapshot.python_turn import native_code
from indexer.snapshot.search.search import SearchResult, search
from search_api.app import create_app
from search_api.routes import answer
from search_api.settings import Settings

WAIT_S = 30


def test_searches_of_two_clients_take_turns(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []
    most: list[int] = []

    def slow(*arguments: Any) -> SearchResult:
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        result = search(*arguments)
        running.pop()
        return result

    monkeypatch.setattr(answer, "search", slow)
    app = create_app(Settings(store=fake_store, threads=4))
    with TestClient(app) as client, ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda query: client.get("/v1/search", params={"q": query}), ["moon", "oil"] * 4))
    assert {each.status_code for each in answers} == {200}
    assert (len(most), max(most)) == (8, 1)


def test_a_search_goes_on_while_another_one_is_encoded(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, other_has_answered = threading.Event(), threading.Event()

    def encoded_at_last(snapshot: Any, query: Any, *arguments: Any) -> SearchResult:
        if query.target.text == "slow":
            with native_code():
                begun.set()
                assert other_has_answered.wait(WAIT_S)
        return search(snapshot, query, *arguments)

    monkeypatch.setattr(answer, "search", encoded_at_last)
    app = create_app(Settings(store=fake_store, threads=2))
    with TestClient(app) as client, ThreadPoolExecutor(1) as other:
        slow = other.submit(client.get, "/v1/search", params={"q": "slow"})
        assert begun.wait(WAIT_S)
        assert client.get("/v1/search", params={"q": "moon"}).status_code == 200
        other_has_answered.set()
        assert slow.result(WAIT_S).status_code == 200
