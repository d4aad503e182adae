"""Several searches in one request."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from indexer.snapshot.format.keys import Scope
from indexer.snapshot.layout import StoreLayout
from indexer.store.keys import create_key
from search_api.app import create_app
from search_api.schemas.batch import MAX_SEARCHES
from search_api.settings import Settings

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
    assert answers[2]["detail"] == "lnaguage: is not known"
    assert answers[3]["errors"][0]["field"] == "format"
    assert answers[4]["errors"][0]["field"] == "k"
    assert answers[5]["title"] == "Conflict"
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
def test_a_batch_that_is_none_is_refused_as_a_whole(client: TestClient, body: Any, field: str) -> None:
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


def test_searches_that_find_no_thread_in_time_say_so(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(store=fake_store, threads=1, max_waiting=0, query_cache=0))
    with TestClient(app) as client:
        # One part is being done; no other one may wait.
        statuses = [answer.get("status", 200) for answer in results(client, *[{"q": "canal"}] * 40, {"q": ""})]
    assert statuses[:10] == [200] * 10
    assert 503 in statuses
    assert statuses[-1] == 422
    assert set(statuses) <= {200, 503, 422}
