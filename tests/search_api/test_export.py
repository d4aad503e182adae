"""Exports over HTTP: formats, bounds, and what happens while hits are being written."""

import csv
import io
import json
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.search import stream as streaming
from indexer.store.takedown import record_takedowns
from search_api.access import export_slots
from search_api.app import create_app
from search_api.routes import export
from search_api.settings import Settings
from search_api.state import State
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store
from tests.search_api.formats.hits import hit
from tests.service_process import service_in_thread

PROBLEM = "application/problem+json"
N_MANY = 400


def ids_of_lines(text: str) -> list[str]:
    return [json.loads(line)["article"]["id"] for line in text.splitlines()]


def test_json_lines_are_the_hits_of_the_answer(client: TestClient) -> None:
    parameters: dict[str, Any] = {"q": "قناة canal", "k": 4, "group": "none", "paragraphs": 1}
    whole = client.get("/v1/search", params=parameters).json()
    for response in (
        client.get("/v1/search", params=parameters | {"format": "jsonl"}),
        client.post("/v1/search", json=parameters | {"format": "jsonl"}),
    ):
        assert response.headers["content-type"] == "application/x-ndjson"
        name = f"khabar-{whole['index']['version']}.jsonl"
        assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert [json.loads(line) for line in response.text.splitlines()] == whole["hits"]


def test_csv_and_feeds_have_the_same_articles(client: TestClient) -> None:
    parameters: dict[str, Any] = {"q": "canal", "offset": 1, "k": 3, "sort": "newest"}
    expected = [hit["article"]["id"] for hit in client.get("/v1/search", params=parameters).json()["hits"]]
    table = client.get("/v1/search", params=parameters | {"format": "csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"), newline=""))
    assert [row["article_id"] for row in rows] == expected
    for name in ("rss", "atom"):
        feed = client.get("/v1/search", params=parameters | {"format": name})
        assert feed.headers["content-type"] == f"application/{name}+xml"
        assert "content-disposition" not in feed.headers
        entries = feedparser.parse(feed.content).entries
        assert len(entries) == len(expected)
        (own,) = [link.href for link in feedparser.parse(feed.content).feed.links if link.rel == "self"]
        assert client.get(own).content == feed.content  # the feed names its own address


@pytest.mark.parametrize(
    ("path", "parameters", "page"),
    [
        ("/v1/search", {"q": "قناة"}, {"q": "قناة"}),
        (
            "/v1/search",
            {
                "q": "-a canal",
                "sort": "newest",
                "mode": "exact",
                "k": 5,
                "offset": 1,
                "group": "story",
                "source": "-الضفة",
            },
            {"q": "-a canal", "sort": "newest", "mode": "exact", "source": "-الضفة"},
        ),
        (
            "/v1/search",
            {"q": "canal", "published_from": "2020-01-01", "published_to": "2025-01-01", "language": "en", "tag": "-x"},
            {"q": "canal", "from": "2020-01-01", "to": "2025-01-01", "language": "en", "tag": "-x"},
        ),
        (
            "/v1/search",
            {"q": "canal", "since": "9000w", "author": "-x"},
            {"q": "canal", "since": "9000w", "author": "-x"},
        ),
        ("/v1/articles/en-canal/similar", {"sort": "oldest"}, {"like": "en-canal", "sort": "oldest"}),
    ],
)
def test_a_feed_leads_to_the_page_of_its_search(
    client: TestClient, path: str, parameters: dict[str, Any], page: dict[str, str]
) -> None:
    for name in ("rss", "atom"):
        feed = feedparser.parse(client.get(path, params=parameters | {"format": name}).content).feed
        address = httpx.URL(feed.link)
        assert (address.host, address.path) == ("testserver", "/")
        assert dict(address.params) == page


def test_a_feed_that_was_asked_for_by_post_leads_to_the_page_too(client: TestClient) -> None:
    for target, page in (({"q": "canal"}, "?q=canal"), ({"like": {"text": "A canal."}}, "")):
        answer = client.post("/v1/search", json={**target, "format": "rss"})
        assert feedparser.parse(answer.content).feed.link == f"http://testserver/{page}"


def test_articles_like_one_can_be_exported(client: TestClient) -> None:
    expected = client.get("/v1/articles/en-canal/similar").json()["hits"]
    lines = client.get("/v1/articles/en-canal/similar", params={"format": "jsonl"})
    assert [json.loads(line) for line in lines.text.splitlines()] == expected


@pytest.mark.parametrize(
    ("parameters", "field", "message"),
    [
        ({"format": "xls"}, "format", "input should be 'json', 'jsonl', 'csv', 'rss' or 'atom'"),
        ({"k": 101}, "k", "input should be less than or equal to 100 without format=jsonl or csv"),
        ({"k": 101, "format": "rss"}, "k", "input should be less than or equal to 100 without format=jsonl or csv"),
        ({"k": 10_001, "format": "csv"}, "k", "input should be less than or equal to 10000"),
        ({"facets": "source", "format": "csv"}, "facets", "are only in format=json"),
        ({"paragraphs": 2, "format": "csv"}, "paragraphs", "only with format=json or jsonl"),
        ({"highlight": "true", "format": "atom"}, "highlight", "only with format=json or jsonl"),
        (
            {"highlight": "true", "format": "jsonl", "k": 21},
            "highlight",
            "needs k of 20 or less: each sentence on the page is encoded",
        ),
    ],
)
def test_what_a_format_does_not_have_is_refused(
    client: TestClient, parameters: dict[str, Any], field: str, message: str
) -> None:
    response = client.get("/v1/search", params={"q": "canal", **parameters})
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
    assert response.json()["errors"] == [{"field": field, "message": message}]


def test_problems_come_before_the_first_byte(client: TestClient) -> None:
    export: dict[str, Any] = {"q": "canal", "format": "csv", "k": 1_000}
    other = client.get("/v1/search", params=export | {"index_version": "other"})
    assert (other.status_code, other.headers["content-type"]) == (409, PROBLEM)
    unknown = client.get("/v1/articles/none/similar", params={"format": "csv"})
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "article_id: no article 'none' in this index")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store whose export does not fit into the buffers between service and client."""
    text = " ".join(["earthquake", *["w" * 500] * 40])
    articles = [make_article(f"{number:03d}", "en", text, title=f"Title {number}") for number in range(N_MANY)]
    root = tmp_path_factory.mktemp("many")
    publish_fake_store(root, articles)
    return root


@pytest.fixture
def many_store(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreLayout:
    """Return a copy of the store, which is exported in parts of ten hits."""
    monkeypatch.setattr(streaming, "PART_HITS", 10)
    return StoreLayout(shutil.copytree(published, tmp_path / "store"))


@contextmanager
def slow_reader(port: int) -> Iterator[socket.socket]:
    """Ask for an export of everything, and leave the reading to the block."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", port))
        target = f"/v1/search?q=earthquake&format=jsonl&k={N_MANY}"
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert client.recv(12) == b"HTTP/1.1 200"
        yield client


def rest_of(client: socket.socket) -> str:
    return b"".join(iter(lambda: client.recv(1 << 20), b"")).decode(errors="replace")


def state_of(app: FastAPI) -> State:
    state: State = app.state.khabar
    return state


def wait_until(is_so: Any) -> None:
    for _ in range(1_000):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to that")


def test_an_export_reads_the_version_that_it_began_with(many_store: StoreLayout) -> None:
    app = create_app(Settings(store=many_store.root))
    with service_in_thread(app) as port, slow_reader(port) as client:
        before = state_of(app).holder.current
        assert before is not None
        publish_fake_store(many_store.root, [make_article("new", "en", "An earthquake. " * 10)], version="v2")
        wait_until(lambda: httpx.get(f"http://127.0.0.1:{port}/v1/index").json()["version"] == "v2")
        body = rest_of(client)
        # Every article is there, the last one too, although another version is served by now.
        assert body.count('"rank":') == N_MANY
        wait_until(lambda: before.version_lock is None or before.version_lock.closed)


def test_what_is_taken_down_meanwhile_is_left_out(many_store: StoreLayout) -> None:
    app = create_app(Settings(store=many_store.root))
    with service_in_thread(app) as port, slow_reader(port) as client:
        record_takedowns(many_store, ["399"], "takedown", "court order")
        wait_until(lambda: "399" in state_of(app).holder.current.hidden)  # type: ignore[union-attr]
        body = rest_of(client)
        assert body.count('"rank":') == N_MANY - 1
        assert '"id":"399"' not in body


def test_a_client_that_goes_away_frees_everything(many_store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_slots, "MAX_EXPORTS", 2)
    app = create_app(Settings(store=many_store.root))
    with service_in_thread(app) as port:
        address = f"http://127.0.0.1:{port}/v1/search?q=earthquake&format=csv"
        with slow_reader(port), slow_reader(port):
            refused = httpx.get(address)
            assert (refused.status_code, refused.headers["content-type"]) == (503, PROBLEM)
            assert refused.headers["retry-after"] == "5"
            assert httpx.get(address.replace("csv", "json")).status_code == 200  # searches go on
        counted = state_of(app).holder._counted
        assert counted is not None
        wait_until(lambda: counted.readers == 0)
        wait_until(lambda: httpx.get(address).status_code == 200)


def test_a_refused_export_leaves_its_slot(client: TestClient) -> None:
    for _ in range(2 * export_slots.MAX_EXPORTS):
        assert client.get("/v1/search", params={"q": "canal", "format": "csv", "index_version": "x"}).status_code == 409
        assert client.get("/v1/search", params={"q": "canal", "format": "csv"}).status_code == 200


def test_a_store_without_articles_to_find_gives_an_empty_export(client: TestClient) -> None:
    nothing: dict[str, Any] = {"q": "canal", "published_from": "1990-01-01", "published_to": "1990-01-02"}
    assert client.get("/v1/search", params=nothing | {"format": "jsonl"}).text == ""
    table = client.get("/v1/search", params=nothing | {"format": "csv"}).content.decode("utf-8-sig")
    assert table.count("\r\n") == 1


def test_a_version_that_is_withdrawn_meanwhile_is_not_read_on(many_store: StoreLayout) -> None:
    app = create_app(Settings(store=many_store.root))
    with service_in_thread(app) as port, slow_reader(port) as client:
        before = state_of(app).holder._counted
        assert before is not None
        state_of(app).holder.withdraw("vectors lost bytes")
        body = rest_of(client)
        assert body.count('"rank":') < N_MANY
        assert not body.endswith("0\r\n\r\n")  # the client sees that it is not all
        wait_until(lambda: before.readers == 0)


def test_an_export_ends_after_its_time(many_store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_EXPORT_S", 0.3)
    app = create_app(Settings(store=many_store.root))
    with service_in_thread(app) as port, slow_reader(port) as client:
        counted = state_of(app).holder._counted
        assert counted is not None
        wait_until(lambda: counted.readers == 0)
        assert rest_of(client).count('"rank":') < N_MANY


def test_one_client_does_not_take_every_slot(many_store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_slots, "MAX_OF_CLIENT", 1)
    slots = export_slots.ExportSlots()
    with slots.take("key a"):
        with pytest.raises(HTTPException, match="1 exports of yours"), slots.take("key a"):
            pytest.fail("there is no slot")
        with slots.take("key b"):
            pass
    with slots.take("key a"):
        pass
    app = create_app(Settings(store=many_store.root))
    with service_in_thread(app) as port, slow_reader(port):
        refused = httpx.get(f"http://127.0.0.1:{port}/v1/search?q=earthquake&format=csv")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")


def test_files_that_cannot_be_read_are_a_problem_before_the_first_byte(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise sqlite3.DatabaseError("file is not a database")

    monkeypatch.setattr(streaming, "hits_of", fail)
    for name in ("csv", "jsonl", "atom"):
        refused = client.get("/v1/search", params={"q": "canal", "format": name})
        assert (refused.status_code, refused.headers["content-type"]) == (503, PROBLEM)


def test_a_snapshot_is_closed_when_no_thread_reads_it() -> None:
    closed, reads, may_end = threading.Event(), threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"1"
        reads.set()
        assert may_end.wait(30)
        yield b"2"

    lease = ExitStack()
    lease.callback(closed.set)
    reader = export._PieceReader(pieces(), "v1", lease)
    assert reader.next() == b"1"
    with ThreadPoolExecutor(1) as thread:
        second = thread.submit(reader.next)
        assert reads.wait(30)
        reader.end()  # the client has gone
        assert not closed.is_set()
        may_end.set()
        assert second.result() == b"2"
    assert closed.is_set()
    assert reader.next() is None

    idle, closed_at_once = ExitStack(), threading.Event()
    idle.callback(closed_at_once.set)
    export._PieceReader(pieces(), "v1", idle).end()
    assert closed_at_once.is_set()


def test_copies_and_reports_that_are_taken_down_are_not_named() -> None:
    before = hit()
    after = export._without(before, {"copy"})
    assert (after.duplicates, after.also_reported) == ((), before.also_reported)
    assert export._without(before, {"en-1"}).also_reported == ()


def test_a_feed_names_its_address_whatever_the_id_of_an_article_is(tmp_path: Path) -> None:
    odd = ("x/../y", "خبر 1", "a\ufffeb", "q?&#")
    publish_fake_store(
        tmp_path, [*ARTICLES, *(make_article(each, "en", f"Canal news. {'word ' * 12}") for each in odd)]
    )
    with TestClient(create_app(Settings(store=tmp_path))) as client:
        for article_id in odd:
            path = f"/v1/articles/{quote(article_id, safe='')}/similar?format=atom"
            feed = client.get(path)
            assert feed.status_code == 200, article_id
            (own,) = [link.href for link in feedparser.parse(feed.content).feed.links if link.rel == "self"]
            assert own == f"http://testserver{path}"
            assert own.isascii()
