"""Filters by name and time, and facets, over HTTP and on the command line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from indexer.alerts.run import run_alerts
from indexer.snapshot.errors import UsageError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.text.utc import utc_text
from indexer.store.takedown import record_takedowns
from search_api import cli
from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import make_article
from tests.fakes import publish_fake_store

PROBLEM = "application/problem+json"
NOW = datetime.now(UTC)


def ago(**span: float) -> str:
    return utc_text(NOW - timedelta(**span))


ARTICLES = (
    make_article(
        "a",
        "en",
        "The canal canal canal was closed by a ship for six days.",
        source="Harbour Post",
        published=ago(hours=2),
        author="Sara Adel",
        tags=["Shipping", "sea"],
    ),
    make_article(
        "b",
        "ar",
        "قناة قناة قناة جديدة تفتح للسفن في الصباح الباكر اليوم",
        source="الأهرام",
        published=ago(days=3),
        author="أحمد علي",
        tags=["بحر", "shipping"],
    ),
    make_article("c", "en", "canal canal canal tolls rise for the large tankers again", source="Post, The"),
    make_article(
        "d",
        "en",
        "A museum of modern paintings opens its doors on Monday morning.",
        source="-dash-",
        published=ago(days=30),
        tags=["art"],
    ),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("named") / "store"
    publish_fake_store(root, ARTICLES)
    return root


@pytest.fixture(scope="module")
def client(store: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(store=store)), raise_server_exceptions=False) as running:
        yield running


def search(client: TestClient, **parameters: Any) -> Any:
    response = client.get("/v1/search", params={"q": "canal", **parameters})
    assert response.status_code == 200, response.text
    posted = client.post("/v1/search", json={"q": "canal", **parameters}).json()
    assert {**response.json(), "timing_ms": None} == {**posted, "timing_ms": None}
    return response.json()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"source": "harbour post,الاهرام"}, "ab"),
        ({"source": "-Harbour Post"}, "bcd"),
        ({"source": '"post, the"'}, "c"),
        ({"source": '-"Post, The",-"-dash-"'}, "ab"),
        ({"source": '"-dash-"'}, "d"),
        ({"source": "Harbour Post,-Harbour Post"}, ""),
        ({"tag": "SHIPPING"}, "ab"),
        ({"tag": "بـحر,art"}, "bd"),
        ({"tag": "shipping,-sea"}, "b"),
        ({"tag": "-shipping"}, "cd"),
        ({"author": "احمد على"}, "b"),  # without hamza, alef maksura for yeh
        ({"author": "-sara adel"}, "bcd"),
        ({"author": "sara adel", "tag": "sea", "source": "-الأهرام"}, "a"),
        ({"author": "sara adel", "tag": "art"}, ""),
        ({"since": "24h"}, "a"),
        ({"since": "3w", "language": "en"}, "a"),
        ({"since": "7d"}, "ab"),
        ({"since": "9999w"}, "abd"),
        ({"since": "7d", "published_to": ago(days=1)}, "b"),
        ({"since": "7d", "published_to": "2000-01-01"}, ""),
        ({"tag": "  ", "since": ""}, "abcd"),
    ],
)
def test_filters_by_name_and_time_hold_exactly(client: TestClient, filters: dict[str, str], expected: str) -> None:
    assert sorted(hit["article"]["id"] for hit in search(client, k=100, **filters)["hits"]) == list(expected)


@pytest.mark.parametrize(
    ("parameters", "field", "message"),
    [
        ({"source": "-"}, "source", "has an empty name in its list"),
        ({"tag": ","}, "tag", "has an empty name in its list"),
        ({"author": "a,,b"}, "author", "has an empty name in its list"),
        ({"tag": '"a'}, "tag", "has a double quote that is not closed, or text after a closed one"),
        ({"tag": ",".join("a" * 33)}, "tag", "has 33 names, more than 32"),
        ({"since": "soon"}, "since", "'soon' is not a number of hours, days or weeks such as 24h, 7d or 3w"),
        ({"since": "7d", "published_from": "2024-01-01"}, "since", "is given together with published_from"),
        ({"facets": "source,words"}, "facets", "'words' is none of source, language, tag, author, day, month"),
        ({"facets": "source,"}, "facets", "'' is none of source, language, tag, author, day, month"),
    ],
)
def test_what_is_wrong_is_said(client: TestClient, parameters: dict[str, str], field: str, message: str) -> None:
    asked = {"q": "canal", **parameters}
    for response in (client.get("/v1/search", params=asked), client.post("/v1/search", json=asked)):
        assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
        assert response.json()["errors"] == [{"field": field, "message": message}]


def test_names_that_do_not_occur_are_named(client: TestClient) -> None:
    assert search(client, tag="shiping,-art", author="-Sarah", source="الأهرام")["warnings"] == [
        "tag: no article has 'shiping'",
        "author: no article has 'Sarah'",
    ]


def test_search_counts_what_is_relevant(client: TestClient) -> None:
    body = search(client, k=1, facets=" tag, source,language,tag", source="harbour post")
    assert body["facets"] == {
        "tag": [{"value": "Shipping", "count": 1}, {"value": "sea", "count": 1}],
        "source": [
            {"value": "Harbour Post", "count": 1},
            {"value": "Post, The", "count": 1},
            {"value": "الأهرام", "count": 1},
        ],
        "language": [{"value": "en", "count": 1}],
    }
    assert list(body["facets"]) == ["tag", "source", "language"]
    months = search(client, facets="day,month", since="7d")["facets"]
    assert sum(month["count"] for month in months["month"]) == len(months["day"]) == 2
    assert {day["value"] for day in months["day"]} == {ago(hours=2)[:10], ago(days=3)[:10]}
    assert search(client)["facets"] == {}


def test_values_of_a_field_are_listed(client: TestClient) -> None:
    def values(field: str, **parameters: Any) -> list[tuple[str, int]]:
        response = client.get(f"/v1/facets/{field}", params=parameters)
        assert response.status_code == 200, response.text
        body = response.json()
        assert (body["field"], body["index"]["version"]) == (field, "v1")
        return [(value["value"], value["count"]) for value in body["values"]]

    assert values("tag") == [("Shipping", 2), ("art", 1), ("sea", 1), ("بحر", 1)]
    assert values("tag", k=2) == [("Shipping", 2), ("art", 1)]
    assert values("tag", prefix="S") == [("Shipping", 2), ("sea", 1)]
    assert values("source", prefix="الا") == [("الأهرام", 1)]
    assert values("source", prefix="-") == [("-dash-", 1)]
    assert values("author", prefix="nobody") == []
    assert values("language") == [("en", 3), ("ar", 1)]
    assert sum(count for _, count in values("day")) == sum(count for _, count in values("month")) == 3
    assert values("month", prefix=ago(hours=2)[:7])[0][0] == ago(hours=2)[:7]


def test_another_field_is_not_found_and_wrong_numbers_are_refused(client: TestClient) -> None:
    for field in ("words", "Source", "url", "%20"):
        response = client.get(f"/v1/facets/{field}")
        assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)
        assert "is none of source, language, tag" in response.json()["detail"]
    assert client.get("/v1/facets").status_code == 404
    for parameters in ({"k": "0"}, {"k": "1001"}, {"prefix": "x" * 1_001}):
        assert client.get("/v1/facets/tag", params=parameters).status_code == 422


def test_values_follow_takedowns(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path / "store")
    publish_fake_store(store.root, ARTICLES)
    record_takedowns(store, ["a"], "takedown", "")
    with TestClient(create_app(Settings(store=store.root))) as client:
        assert client.get("/v1/facets/tag", params={"prefix": "s"}).json()["values"] == [
            {"value": "Shipping", "count": 1}  # the spelling of the whole version
        ]
        assert search(client, facets="author")["facets"]["author"] == [{"value": "أحمد علي", "count": 1}]


def test_saved_searches_filter_by_name_and_time(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path / "store")
    publish_fake_store(store.root, ARTICLES[2:3], version="v1")
    publish_fake_store(store.root, ARTICLES, version="v2")
    searches = (
        {"id": "new", "query": "canal", "min_relevance": 0, "since": "24h"},
        {"id": "named", "query": "canal", "min_relevance": 0, "tag": "shipping,-sea", "author": '-"Post, The"'},
    )
    store.saved_searches.write_text("\n".join(map(json.dumps, searches)), encoding="utf-8")
    found = {(alert.saved_search, alert.article.id) for alert in run_alerts(store).alerts}
    assert found == {("new", "a"), ("named", "b")}


def test_the_command_line_has_the_same(store: Path) -> None:
    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(cli.app, [*arguments, "--store", str(store), "--json"], catch_exceptions=False)
        return json.loads(done.stdout)

    def found(*options: str) -> list[str]:
        return sorted(hit["article"]["id"] for hit in run("search", "canal", *options)["hits"])

    assert found("--tag", "shipping", "--author", "-Sara Adel") == ["b"]
    assert found("--since", "7d", "--source", "-الأهرام") == ["a"]
    assert run("search", "canal", "--facets", "language")["facets"] == {
        "language": [{"value": "en", "count": 2}, {"value": "ar", "count": 1}]
    }
    body = run("facets", "tag", "--prefix", "s", "-k", "1")
    assert (body["field"], body["values"]) == ("tag", [{"value": "Shipping", "count": 2}])
    table = CliRunner().invoke(cli.app, ["facets", "source", "--store", str(store)]).stdout
    assert [line.split(maxsplit=1)[0] for line in table.splitlines()] == ["1"] * 4
    assert CliRunner().invoke(cli.app, ["facets", "words"]).exit_code == 2
    with pytest.raises(UsageError, match="--since: is given together with --published-from"):
        CliRunner().invoke(
            cli.app, ["search", "x", "--since", "7d", "--published-from", "2024-01-01"], catch_exceptions=False
        )
