"""`/v1/saved-searches`, through the whole service."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from filelock import FileLock
from starlette.testclient import TestClient

from indexer.alerts.run import run_alerts
from indexer.snapshot.files.locks import locked
from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.saved_searches import changes
from search_api.app import create_app
from search_api.errors import MEDIA_TYPE
from search_api.routes import saved_searches
from search_api.settings import Settings
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store
from tests.service_process import service_in_thread

PATH = "/v1/saved-searches"
FIELDS = {
    "language": None,
    "query_language": None,
    "source": None,
    "tag": None,
    "author": None,
    "published_from": None,
    "published_to": None,
    "since": None,
    "k": None,
    "min_relevance": 0.9,
    "mode": "semantic",
    "webhook": None,
}
"""What a saved search has if only its id and its query are given."""


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store of its own for each test, without saved searches."""
    publish_fake_store(tmp_path / "store", ARTICLES)
    return StoreLayout(tmp_path / "store")


@pytest.fixture
def client(store: StoreLayout) -> Iterator[TestClient]:
    """Yield a client of a service over this store."""
    with TestClient(create_app(Settings(store=store.root)), raise_server_exceptions=False) as running:
        yield running


def path_of(search_id: str) -> str:
    return f"{PATH}/{quote(search_id, safe='')}"


def refusal(response: Any) -> tuple[int, str]:
    """Return status and detail of a problem document."""
    assert response.headers["content-type"] == MEDIA_TYPE
    return response.status_code, response.json()["detail"]


def test_a_saved_search_is_added_read_replaced_and_removed(client: TestClient, store: StoreLayout) -> None:
    assert client.get(PATH).json() == {"saved_searches": []}
    wanted = {"id": "red-sea", "query": "attacks on ships", "language": "ar,en", "min_relevance": 0.95}
    added = client.post(PATH, json=wanted)
    assert (added.status_code, added.headers["location"]) == (201, f"{PATH}/red-sea")
    assert added.json() == FIELDS | wanted
    assert client.get(added.headers["location"]).json() == added.json()
    assert json.loads(store.saved_searches.read_text(encoding="utf-8")) == wanted
    replaced = client.put(f"{PATH}/red-sea", json=added.json() | {"query": "هجمات على السفن", "k": 3})
    assert (replaced.status_code, replaced.json()["query"], replaced.json()["k"]) == (200, "هجمات على السفن", 3)
    assert client.get(PATH).json() == {"saved_searches": [replaced.json()]}
    removed = client.delete(f"{PATH}/red-sea")
    assert (removed.status_code, removed.content) == (204, b"")
    assert client.get(PATH).json() == {"saved_searches": []}


@pytest.mark.parametrize(
    "search_id", ["قناة السويس", "region/مصر", "a/run", "run", "a%2Fb", "?x=1#y", " ", "a/../b", "x" * 200, "//"]
)
def test_any_id_works_in_a_path(store: StoreLayout, search_id: str) -> None:
    """With a real server, which decodes the path."""
    with (
        service_in_thread(create_app(Settings(store=store.root))) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        client.post(PATH, json={"id": "a", "query": "moon"})
        added = client.post(PATH, json={"id": search_id, "query": "canal"})
        location = added.headers["location"]
        assert (added.status_code, location) == (201, path_of(search_id))
        assert client.get(location).json()["id"] == search_id
        assert client.put(location, json={"id": search_id, "query": "قناة"}).json()["query"] == "قناة"
        assert client.post(f"{location}/run").json()["query"]["text"] == "قناة"
        assert client.delete(location).status_code == 204
        assert [saved["id"] for saved in client.get(PATH).json()["saved_searches"]] == ["a"]


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"id": ""}, "id", "at least 1 character"),
        ({"id": "x" * 201}, "id", "at most 200 characters"),
        ({"id": ".."}, "id", "means a folder"),
        ({"id": "a\nb"}, "id", "has control characters"),
        ({"query": "؟"}, "query", "nothing to search for"),
        ({"lang": "ar"}, "lang", "is not known; did you mean language?"),
        ({"q": "canal"}, "q", "is not known; did you mean query?"),
        ({"zebra": 1}, "zebra", "is not known"),
        ({"language": "klingon"}, "language", "klingon"),
        ({"min_relevance": 2}, "min_relevance", "less than or equal to 1"),
        ({"k": 0}, "k", "greater than or equal to 1"),
        ({"published_from": "soon"}, "published_from", "soon"),
        ({"mode": "words"}, "mode", "semantic"),
        ({"webhook": "ftp://receiver.example/"}, "webhook", "http"),
        ({"webhook": "receiver.example"}, "webhook", "valid URL"),
        ({"webhook": "https://user:word@receiver.example/"}, "webhook", "no password"),
        ({"webhook": "https://receiver.example/" + "م" * 200}, "webhook", "at most 1,000 characters"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    client: TestClient, store: StoreLayout, change: dict[str, Any], field: str, message: str
) -> None:
    response = client.post(PATH, json={"id": "one", "query": "canal"} | change)
    assert refusal(response)[0] == 422
    (error,) = response.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert not store.saved_searches.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http:/receiver.example", "http://receiver.example/"),
        ("http:\\\\receiver.example\\x", "http://receiver.example/x"),
        ("http://receiver\t.example/", "http://receiver.example/"),
        ("https://مثال.example/خبر?t=a|b", "https://xn--mgbh0fb.example/%D8%AE%D8%A8%D8%B1?t=a|b"),
    ],
)
def test_a_webhook_is_kept_as_the_address_that_it_means(
    client: TestClient, store: StoreLayout, given: str, kept: str
) -> None:
    added = client.post(PATH, json={"id": "one", "query": "canal", "webhook": given})
    assert added.json()["webhook"] == client.get(f"{PATH}/one").json()["webhook"] == kept
    (line,) = store.saved_searches.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["webhook"] == kept
    assert httpx.URL(kept).host  # it can be sent to


def test_an_id_has_one_saved_search_and_keeps_its_name(client: TestClient) -> None:
    client.post(PATH, json={"id": "one", "query": "canal"})
    again = client.post(PATH, json={"id": "one", "query": "moon"})
    assert refusal(again) == (409, "id: a saved search 'one' is there already; PUT replaces it")
    renamed = client.put(f"{PATH}/one", json={"id": "two", "query": "moon"})
    assert refusal(renamed) == (422, "id: is not 'one', as in the path; an id cannot be changed")
    assert client.get(f"{PATH}/one").json()["query"] == "canal"


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    path, body = path_of("لا شيء"), {"id": "لا شيء", "query": "canal"}
    responses = (client.get(path), client.put(path, json=body), client.delete(path), client.post(f"{path}/run"))
    assert {refusal(response) for response in responses} == {(404, "id: no saved search 'لا شيء'")}


def test_getting_a_run_says_that_it_is_posted(client: TestClient) -> None:
    client.post(PATH, json={"id": "قناة", "query": "canal"})
    told = refusal(client.get(f"{path_of('قناة')}/run"))
    assert told == (404, "id: no saved search 'قناة/run'; POST to this path runs a saved search")
    client.post(PATH, json={"id": "قناة/run", "query": "canal"})  # an id may end like this
    assert client.get(f"{path_of('قناة')}/run").json()["id"] == "قناة/run"


def test_a_file_with_a_line_that_cannot_be_used_is_a_problem_and_stays_as_it_is(
    client: TestClient, store: StoreLayout
) -> None:
    content = '\n{"id": "one", "query": "canal"}\n{"id": "قمر"}\n'.encode()
    store.saved_searches.write_bytes(content)
    body = {"id": "one", "query": "moon"}
    one = f"{PATH}/one"
    responses = (
        client.get(PATH),
        client.get(one),
        client.post(PATH, json=body),
        client.put(one, json=body),
        client.delete(one),
        client.post(f"{one}/run"),
    )
    assert {refusal(response) for response in responses} == {(503, f"{store.saved_searches}:3: query: field required")}
    assert store.saved_searches.read_bytes() == content


def test_a_store_that_the_service_may_not_write_is_a_problem(
    client: TestClient, store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_WAIT_S", 0.0)
    with FileLock(store.saved_searches_lock):
        status, detail = refusal(client.post(PATH, json={"id": "one", "query": "canal"}))
        assert (status, "being changed by another process" in detail) == (503, True)
    store.saved_searches.mkdir()
    status, detail = refusal(client.get(PATH))
    assert (status, f"{store.saved_searches} cannot be read: Is a directory" in detail) == (503, True)


def test_changes_that_wait_for_another_process_leave_threads_for_searches(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_WAIT_S", 120.0)
    monkeypatch.setattr(saved_searches, "_TURN_S", 120.0)
    begun = threading.Event()
    statuses: list[int] = []

    @contextmanager
    def locked_and_noted(path: Path, *, timeout_s: float) -> Iterator[None]:
        begun.set()
        with locked(path, timeout_s=timeout_s):
            yield

    monkeypatch.setattr(changes, "locked", locked_and_noted)
    with service_in_thread(create_app(Settings(store=store.root, threads=2))) as port:
        url = f"http://127.0.0.1:{port}/v1"

        def add(number: int) -> None:
            body = {"id": f"قناة {number}", "query": "canal"}
            statuses.append(httpx.post(f"{url}/saved-searches", json=body, timeout=120).status_code)

        threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
        with FileLock(store.saved_searches_lock):
            for thread in threads:
                thread.start()
            assert begun.wait(60)
            searches = [httpx.get(f"{url}/search?q=canal", timeout=60).status_code for _ in range(9)]
        for thread in threads:
            thread.join()
    assert searches == [200] * 9
    assert statuses == [201] * 8


def test_a_change_does_not_wait_for_ever_for_those_before_it(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_searches, "_TURN_S", 0.0)
    app = create_app(Settings(store=store.root))
    with TestClient(app) as client:
        assert client.post(PATH, json={"id": "one", "query": "canal"}).status_code == 201
        state = app.state.khabar
        assert client.portal is not None
        client.portal.call(state.saved_search_changes.acquire)
        refused = client.delete(f"{PATH}/one")
        assert refusal(refused) == (503, "too many changes are waiting; try again in a second")
        assert refused.headers["retry-after"] == "1"
        state.saved_search_changes.release()
        assert client.delete(f"{PATH}/one").status_code == 204


def test_two_clients_at_once_lose_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_WAIT_S", 120.0)
    statuses: list[int] = []

    def add(name: str) -> None:
        for number in range(5):
            body = {"id": f"{name} {number}", "query": "canal"}
            statuses.append(client.post(PATH, json=body).status_code)

    threads = [threading.Thread(target=add, args=(name,)) for name in ("one", "two", "ثلاثة")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 15
    assert len(client.get(PATH).json()["saved_searches"]) == 15


def test_a_body_without_its_type_is_not_read(client: TestClient, store: StoreLayout) -> None:
    """A page of a stranger can send such a request without asking first."""
    body = json.dumps({"id": "one", "query": "canal"}).encode()
    for headers in ({}, {"Content-Type": "text/plain"}):
        assert client.post(PATH, content=body, headers=headers).status_code == 422
    assert not store.saved_searches.exists()


def test_a_page_of_an_allowed_origin_may_change_saved_searches(store: StoreLayout) -> None:
    origin = {"Origin": "https://newsroom.example"}
    with TestClient(create_app(Settings(store=store.root, cors_origins=origin["Origin"]))) as client:
        for method in ("GET", "POST", "PUT", "DELETE"):
            asked = {**origin, "Access-Control-Request-Method": method}
            assert client.options(f"{PATH}/one", headers=asked).status_code == 200, method
        added = client.post(PATH, json={"id": "one", "query": "canal"}, headers=origin)
        assert "Location" in added.headers["access-control-expose-headers"]


def test_a_run_answers_as_a_search_does_and_leaves_nothing_behind(client: TestClient, store: StoreLayout) -> None:
    client.post(PATH, json={"id": "canal", "query": "canal", "min_relevance": 0})
    body = client.post(f"{PATH}/canal/run").json()
    searched = client.get("/v1/search", params={"q": "canal", "group": "event", "mode": "semantic", "k": 100}).json()
    assert body["hits"] == searched["hits"]
    assert set(body) == set(searched)
    assert {article.id for article in ARTICLES} == {hit["article"]["id"] for hit in body["hits"]}
    assert not store.alert_ledger.exists()
    run_alerts(store)
    found = read_alerts(store.alert_ledger)
    client.post(f"{PATH}/canal/run")
    assert read_alerts(store.alert_ledger) == found


def test_a_run_has_what_is_relevant_enough_and_passes_the_filters(client: TestClient) -> None:
    searches: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"query": "earthquake morocco"}, ["ar-quake"]),
        ({"query": "pancakes", "min_relevance": 0.999}, []),
        ({"query": "canal", "min_relevance": 0, "k": 2}, ["ar-treaty", "en-canal"]),
        (
            {"query": "canal", "min_relevance": 0, "language": "ar", "source": "الضفة", "k": 500},
            ["ar-treaty", "ar-quake"],
        ),
    )
    for fields, expected in searches:
        client.delete(f"{PATH}/one")
        assert client.post(PATH, json={"id": "one", **fields}).status_code == 201
        hits = client.post(f"{PATH}/one/run").json()["hits"]
        assert [hit["article"]["id"] for hit in hits] == expected, fields


def test_a_run_without_a_hit_says_how_near_the_best_one_was(client: TestClient) -> None:
    def run(**fields: Any) -> Any:
        client.delete(f"{PATH}/one")
        assert client.post(PATH, json={"id": "one", **fields}).status_code == 201
        return client.post(f"{PATH}/one/run").json()

    best = run(query="pancakes", min_relevance=0)
    assert (len(best["hits"]), best["warnings"]) == (5, [])
    nothing = run(query="pancakes", min_relevance=0.999)
    relevance = max(hit["relevance"] for hit in best["hits"])
    assert nothing["hits"] == []
    assert nothing["warnings"] == [f"min_relevance: the best of 5 hits has {relevance:g}, below 0.999"]
    only = run(query="فطائر", min_relevance=1, k=1, source="-Psot")
    assert only["warnings"][0] == "source: no article has 'Psot'"
    assert only["warnings"][1].startswith("min_relevance: the only hit has 0.")
    assert run(query="pancakes", published_from="2999-01-01")["hits"] == []  # there is no best one


def test_reports_of_one_event_are_one_hit_of_a_run(tmp_path: Path) -> None:
    reports = (
        make_article("ar-1", "ar", "زلزال بقوة ٦ درجات ضرب المغرب ليلا وخلّف مئات القتلى في القرى الجبلية"),
        make_article("en-1", "en", "An earthquake in Morocco at night killed hundreds of people in the mountains."),
    )
    publish_fake_store(tmp_path, reports, events=[["ar-1", "en-1"]])
    with TestClient(create_app(Settings(store=tmp_path))) as client:
        client.post(PATH, json={"id": "quake", "query": "earthquake", "min_relevance": 0})
        (hit,) = client.post(f"{PATH}/quake/run").json()["hits"]
    assert len(hit["also_reported"]) == 1
