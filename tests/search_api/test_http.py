"""The HTTP contract, in-process, over a store made with the fake encoder."""

import json
import re
from pathlib import Path
from statistics import NormalDist
from typing import Any

import feedparser
import pytest
from starlette.testclient import TestClient

from indexer.alerts.run import run_alerts
from indexer.snapshot.layout import StoreLayout
from indexer.store.takedown import record_takedowns
from search_api.app import create_app
from search_api.settings import Settings
from search_api.web.page import FOLDER, WEB
from tests.conftest import ARTICLES, make_article
from tests.fakes import as_format, publish_fake_store

PROBLEM = "application/problem+json"


def search(client: TestClient, **parameters: Any) -> Any:
    response = client.get("/v1/search", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def ids(body: Any) -> list[str]:
    return [hit["article"]["id"] for hit in body["hits"]]


def test_response_has_every_field_of_the_contract(client: TestClient) -> None:
    body = search(client, q="معاهدة", k=1)
    assert set(body) == {"query", "mode", "confident", "hits", "warnings", "facets", "index", "timing_ms"}
    assert body["query"] == {"text": "معاهدة", "language": "ar"}
    assert body["index"] == {"version": "v1", "created_at": "2026-01-02T03:04:05Z"}
    assert set(body["timing_ms"]) == {"encode", "search", "fetch", "total"}
    (hit,) = body["hits"]
    assert set(hit) == {
        "rank",
        "score",
        "relevance",
        "article",
        "paragraph",
        "duplicate_count",
        "duplicates",
        "also_reported",
        "matching_paragraphs",
    }
    assert hit["rank"] == 1
    assert (hit["duplicate_count"], hit["duplicates"], hit["also_reported"]) == (0, [], [])
    assert hit["article"] == {
        "id": "ar-treaty",
        "title": "معاهدة",
        "language": "ar",
        "source": "الضفة",
        "url": "https://example.org/ar-treaty",
        "published_at": "2024-05-14",
    }
    assert hit["paragraph"]["position"] == 1
    assert hit["paragraph"]["section"] is None
    assert hit["paragraph"]["language"] == "ar"
    assert hit["paragraph"]["text"].startswith("معاهدة معاهدة")
    assert hit["paragraph"]["id"].startswith("ar-treaty:")


def test_timing_total_covers_its_parts(client: TestClient) -> None:
    timing = search(client, q="canal")["timing_ms"]
    parts = timing["encode"] + timing["search"] + timing["fetch"]
    assert timing["total"] == pytest.approx(parts, abs=0.01)
    assert min(timing.values()) > 0


def test_section_and_position_are_those_of_the_paragraph(client: TestClient) -> None:
    body = search(client, q="canal", language="ar", k=1)
    paragraph = body["hits"][0]["paragraph"]
    assert (paragraph["section"], paragraph["position"]) == ("ما بعد التوقيع", 2)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("treaty", "ar-treaty"),
        ("معاهدة", "ar-treaty"),
        ("earthquake morocco", "ar-quake"),
        ("انتخابات", "en-undated/with slash"),
    ],
)
def test_best_article_comes_first_in_either_language(client: TestClient, query: str, expected: str) -> None:
    assert ids(search(client, q=query))[0] == expected


def test_post_takes_the_same_fields(client: TestClient) -> None:
    asked = {"q": "canal", "k": 2, "group": "none", "language": "en"}
    posted = client.post("/v1/search", json=asked).json()
    got = search(client, **asked)
    assert posted["hits"] == got["hits"]
    assert len(posted["hits"]) == 2


def test_group_article_gives_each_article_once_and_none_every_paragraph(client: TestClient) -> None:
    assert sorted(ids(search(client, q="canal"))) == sorted(
        ["ar-treaty", "en-canal", "en-moon", "ar-quake", "en-undated/with slash"]
    )
    assert ids(search(client, q="canal", group="none")).count("en-canal") == 3


def test_scores_never_rise(client: TestClient) -> None:
    scores = [hit["score"] for hit in search(client, q="canal ship", group="none")["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 8


def test_articles_about_one_event_are_one_hit_that_names_those_in_other_languages(tmp_path: Path) -> None:
    reports = (
        make_article(
            "ar-1", "ar", "زلزال بقوة ٦ درجات ضرب المغرب ليلا وخلّف مئات القتلى في القرى الجبلية", title="الـزلزال"
        ),
        make_article("en-1", "en", "An earthquake in Morocco at night killed hundreds of people in the mountains."),
        make_article("en-2", "en", "A probe reached the moon and sent its very first pictures home today."),
    )
    publish_fake_store(tmp_path, reports, events=[["ar-1", "en-1"]])
    with TestClient(create_app(Settings(store=tmp_path))) as client:
        for query, group in (("earthquake", "event"), ("زلزال", "event")):
            body = search(client, q=query, group=group)
            assert len(body["hits"]) == 2
            best = body["hits"][0]
            (other,) = best["also_reported"]
            assert {best["article"]["id"], other["id"]} == {"ar-1", "en-1"}
            assert other["language"] != best["article"]["language"]
        (arabic,) = search(client, q="earthquake", language="en", source="", k=1)["hits"][0]["also_reported"]
        assert arabic == {
            "id": "ar-1",
            "title": "الـزلزال",
            "language": "ar",
            "source": None,
            "url": "https://example.org/ar-1",
            "published_at": None,
        }
        assert (
            client.post("/v1/search", json={"q": "moon", "group": "event", "k": 1}).json()["hits"][0]["also_reported"]
            == []
        )


@pytest.mark.parametrize("group", ["article", "event", "none"])
def test_pages_put_together_are_the_whole_ranking(client: TestClient, group: str) -> None:
    whole = search(client, q="canal", group=group, k=100)["hits"]
    pages = [search(client, q="canal", group=group, k=2, offset=offset)["hits"] for offset in range(0, 10, 2)]
    assert [hit for page in pages for hit in page] == whole
    assert [hit["rank"] for hit in whole] == list(range(1, len(whole) + 1))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"language": "ar"}, {"ar-treaty", "ar-quake"}),
        ({"language": "en,ar"}, {"ar-treaty", "ar-quake", "en-canal", "en-moon", "en-undated/with slash"}),
        ({"language": "en-GB"}, {"en-canal", "en-moon", "en-undated/with slash"}),
        ({"language": "fr"}, set()),
        ({"source": "Harbour Post"}, {"en-canal", "en-moon"}),
        ({"source": " harbour  POST"}, {"en-canal", "en-moon"}),  # capitals and spaces do not matter
        ({"source": "Harbour"}, set()),
        ({"source": ""}, {"ar-treaty", "ar-quake", "en-canal", "en-moon", "en-undated/with slash"}),
        ({"published_from": "2023-08-23"}, {"ar-treaty", "ar-quake", "en-moon"}),
        ({"published_from": "\u200f٢٠٢٣-٠٨-٢٣\u200e"}, {"ar-treaty", "ar-quake", "en-moon"}),  # as Arabic text has it
        ({"published_from": "2023-08-23T00:00:01Z"}, {"ar-treaty", "ar-quake"}),
        ({"published_to": "2023-09-08"}, {"en-canal", "en-moon", "ar-quake"}),
        ({"published_to": "2023-09-08T22:11:00Z"}, {"en-canal", "en-moon", "ar-quake"}),
        ({"published_to": "2023-09-08T22:10:59Z"}, {"en-canal", "en-moon"}),
        ({"published_to": "2023-09-09T00:11:00+02:00"}, {"en-canal", "en-moon", "ar-quake"}),
        ({"published_from": "2021-03-29", "published_to": "2021-03-29"}, {"en-canal"}),
        ({"language": "ar", "source": "الضفة", "published_from": "2024-01-01"}, {"ar-treaty"}),
    ],
)
def test_filters_hold_exactly_and_never_cost_a_hit(
    client: TestClient, filters: dict[str, str], expected: set[str]
) -> None:
    assert set(ids(search(client, q="moon", k=100, **filters))) == expected


def test_query_language_overrides_detection(client: TestClient) -> None:
    assert search(client, q="canal", query_language="ar")["query"]["language"] == "ar"


def test_query_is_trimmed_and_loses_control_characters(client: TestClient) -> None:
    assert search(client, q="  canal\x00 \n")["query"]["text"] == "canal"


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "q"),
        ({"q": ""}, "q"),
        ({"q": "  "}, "q"),
        ({"q": "\u200f"}, "q"),  # a right-to-left mark alone
        ({"q": "؟?"}, "q"),
        ({"q": "x" * 1001}, "q"),
        ({"q": "x", "k": 0}, "k"),
        ({"q": "x", "k": 101}, "k"),
        ({"q": "x", "k": "ten"}, "k"),
        ({"q": "x", "offset": -1}, "offset"),
        ({"q": "x", "offset": 1001}, "offset"),
        ({"q": "x", "language": "klingon"}, "language"),
        ({"q": "x", "language": "en,,ar"}, "language"),
        ({"q": "x", "query_language": "!"}, "query_language"),
        ({"q": "x", "published_from": "yesterday"}, "published_from"),
        ({"q": "x", "published_to": "2024-13-01"}, "published_to"),
        ({"q": "x", "published_from": "2024-01-02", "published_to": "2024-01-01"}, "published_to"),
        ({"q": "x", "published_from": "2024-01-02T09:00:01Z", "published_to": "2024-01-02T09:00:00Z"}, "published_to"),
        ({"q": "x", "group": "source"}, "group"),
        ({"q": "x", "lang": "en"}, "lang"),
    ],
)
def test_bad_request_is_a_problem_that_names_the_field(
    client: TestClient, parameters: dict[str, Any], field: str
) -> None:
    for response in (client.get("/v1/search", params=parameters), client.post("/v1/search", json=parameters)):
        assert response.status_code == 422
        assert response.headers["content-type"] == PROBLEM
        body = response.json()
        assert (body["title"], body["status"]) == ("Unprocessable Entity", 422)
        assert [error["field"] for error in body["errors"]] == [field]
        assert body["detail"].startswith(f"{field}: ")


def test_parameter_given_twice_is_a_problem(client: TestClient) -> None:
    response = client.get("/v1/search?q=canal&language=en&language=ar")
    assert response.status_code == 422
    assert response.json()["errors"] == [{"field": "language", "message": "is given more than once"}]


def test_a_request_with_many_faults_has_a_short_answer(client: TestClient) -> None:
    unknown = {f"{'x' * 2_000}{number}": 1 for number in range(25)}
    response = client.post("/v1/search", json={"q": "canal", **unknown})
    assert response.status_code == 422
    assert len(response.content) < 64 * 1024
    assert len(response.json()["errors"]) == 20
    assert response.json()["detail"].endswith("; and 5 more")


def test_a_request_has_a_limited_number_of_parameters(client: TestClient) -> None:
    repeated = client.get("/v1/search?q=canal" + "&a=1" * 23)
    assert repeated.json()["errors"] == [{"field": "a", "message": "is given more than once"}]
    response = client.get("/v1/search?q=canal" + "&a=1" * 24)
    assert response.status_code == 422
    assert response.json()["detail"] == "a request has at most 24 parameters"


def test_a_search_has_eight_languages_at_most(client: TestClient) -> None:
    assert client.get("/v1/search", params={"q": "canal", "language": ",".join(["en", "ar"] * 4)}).status_code == 200
    response = client.get("/v1/search", params={"q": "canal", "language": ",".join(["en"] * 9)})
    assert response.json()["errors"] == [{"field": "language", "message": "has 9 languages, more than 8"}]


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/search?q=canal", "/v1/search", "/nothing", "/status"])
def test_no_answer_is_kept_by_a_proxy_or_guessed_at_by_a_browser(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors" in headers["content-security-policy"]
    assert len(headers["x-request-id"]) == 32


def test_an_address_with_a_slash_too_much_is_not_redirected(client: TestClient) -> None:
    response = client.get("/v1/index/", follow_redirects=False)
    assert response.status_code == 404
    assert response.headers["content-type"] == PROBLEM


def test_query_of_a_thousand_characters_is_answered(client: TestClient) -> None:
    assert search(client, q="x" * 1000)["hits"]


def test_body_that_is_not_json_is_a_problem(client: TestClient) -> None:
    response = client.post("/v1/search", content=b"{", headers={"content-type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
    assert response.json()["detail"] == "body: is not valid JSON"


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b'{"q": "canal"}', {}),
        (b'{"q": "canal"}', {"content-type": "application/x-www-form-urlencoded"}),
        (b'["canal"]', {"content-type": "application/json"}),
        ('"قناة"'.encode(), {"content-type": "application/json"}),
        (b"", {"content-type": "application/json"}),
    ],
)
def test_a_body_that_is_no_json_object_says_what_to_send(
    client: TestClient, content: bytes, headers: dict[str, str]
) -> None:
    for path in ("/v1/search", "/v1/search/batch", "/v1/saved-searches"):
        response = client.post(path, content=content, headers=headers)
        message = "is not a JSON object; send one with Content-Type: application/json"
        assert (response.status_code, response.json()["errors"]) == (422, [{"field": "body", "message": message}])


def test_an_unknown_parameter_leads_to_the_one_that_is_meant(client: TestClient) -> None:
    for name, meant in (("lang", "language"), ("limit", "k"), ("from", "published_from"), ("soruce", "source")):
        message = f"is not known; did you mean {meant}?"
        for response in (
            client.get("/v1/search", params={"q": "canal", name: "1"}),
            client.get("/v1/articles/en-canal/similar", params={name: "1"}),
            client.post("/v1/search", json={"q": "canal", name: "1"}),
        ):
            assert response.json()["errors"] == [{"field": name, "message": message}]
    nested = client.post("/v1/search", json={"like": {"text": "A canal.", "txet": ""}}).json()["errors"]
    assert nested == [{"field": "like.txet", "message": "is not known; did you mean text?"}]
    asked = client.get("/v1/search", params={"query": "canal"}).json()["errors"]
    assert {"field": "query", "message": "is not known; did you mean q?"} in asked
    unlike = client.get("/v1/search", params={"q": "canal", "zebra": "1"}).json()["errors"]
    assert unlike == [{"field": "zebra", "message": "is not known"}]


def test_article_comes_with_its_paragraphs(client: TestClient) -> None:
    body = client.get("/v1/articles/ar-treaty").json()
    assert body["title"] == "معاهدة"
    assert [(paragraph["position"], paragraph["section"]) for paragraph in body["paragraphs"]] == [
        (1, None),
        (2, "ما بعد التوقيع"),
    ]
    fields = {"id", "title", "language", "source", "url", "published_at", "author", "tags", "extra", "paragraphs"}
    assert set(body) == fields


def test_article_id_may_hold_slashes_and_spaces(client: TestClient) -> None:
    assert client.get("/v1/articles/en-undated/with slash").json()["id"] == "en-undated/with slash"


def test_the_id_of_a_paragraph_leads_to_its_article(client: TestClient) -> None:
    paragraph = search(client, q="معاهدة", k=1)["hits"][0]["paragraph"]["id"]
    expected = (
        f"article_id: no article '{paragraph}' in this index; "
        "this is the id of a paragraph, and its article is 'ar-treaty'"
    )
    for path in ("", "/similar", "/similar?format=csv"):
        response = client.get(f"/v1/articles/{paragraph}{path}")
        assert (response.status_code, response.json()["detail"]) == (404, expected)


@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("GET", "/v1/articles/nobody", 404, "nobody"),
        ("GET", "/v2/search", 404, "Not Found"),
        ("DELETE", "/v1/search", 405, "Method Not Allowed"),
    ],
)
def test_http_errors_are_problems(client: TestClient, method: str, path: str, status: int, word: str) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
    assert word in response.json()["detail"]


def test_index_describes_the_snapshot(client: TestClient) -> None:
    body = client.get("/v1/index").json()
    assert body["version"] == "v1"
    assert body["index"] == {name: {"kind": "exact", "recall_at_10": 1.0} for name in ("ar", "en")}
    assert body["counts"] == {
        "articles": 5,
        "paragraphs": 8,
        "paragraphs_by_language": {"ar": 3, "en": 5},
        "rejected": 0,
    }
    assert body["encoder"]["backend"] == "sentence-transformers"


def test_hits_say_how_sure_they_are(client: TestClient) -> None:
    sure, unsure = search(client, q="earthquake morocco"), search(client, q="pancakes")
    assert sure["confident"] is True
    assert sure["hits"][0]["relevance"] > 0.9
    assert unsure["confident"] is False
    background, paragraphs = NormalDist(0, 0.1), {"ar": 3, "en": 5}  # those of the fake store
    for hit in sure["hits"] + unsure["hits"]:
        chance = background.cdf(hit["score"]) ** paragraphs[hit["paragraph"]["language"]]
        assert hit["relevance"] == pytest.approx(chance, abs=1e-4)
    assert search(client, q="earthquake morocco", offset=3)["confident"] is True


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert (client.head("/healthz").status_code, client.head("/readyz").content) == (200, b"")
    assert client.get("/readyz").status_code == 200


def test_index_that_is_too_old_is_reported_and_served(fake_store: Path) -> None:
    """The fake store says that it was built on 2 January 2026."""
    with TestClient(create_app(Settings(store=fake_store, max_age_h=1))) as client:
        assert (client.get("/readyz").status_code, client.head("/readyz").status_code) == (200, 200)
        index = client.get("/v1/index").json()
        assert (index["stale"], index["age_s"] > 3600) == (True, True)
        assert "khabar_snapshot_stale 1.0" in client.get("/metrics").text


def test_index_that_is_too_old_is_not_ready_on_request(fake_store: Path) -> None:
    settings = Settings(store=fake_store, max_age_h=1, unready_when_stale=True)
    with TestClient(create_app(settings)) as client:
        response = client.get("/readyz")
        assert (response.status_code, response.headers["content-type"]) == (503, PROBLEM)
        assert "more than KHABAR_MAX_AGE_H allows (1)" in response.json()["detail"]
        head = client.head("/readyz")
        assert (head.status_code, client.head("/healthz").status_code) == (503, 200)
        assert client.get("/v1/search", params={"q": "canal"}).status_code == 200
        assert "khabar_snapshot_stale 1.0" in client.get("/metrics").text


def test_index_has_no_age_to_complain_of_by_default(client: TestClient) -> None:
    assert "khabar_snapshot_stale 0.0" in client.get("/metrics").text
    assert client.get("/v1/index").json()["stale"] is False


def test_values_that_nothing_has_are_named(client: TestClient) -> None:
    body = search(client, q="canal", source="Harbor Post", language="en,tlh")
    assert body["warnings"] == ["language: no paragraph is in 'tlh'", "source: no article has 'Harbor Post'"]
    assert body["hits"] == []
    assert search(client, q="canal", source="Harbour Post", language="en")["warnings"] == []


def test_answer_from_another_version_than_asked_for_is_a_conflict(client: TestClient) -> None:
    assert search(client, q="canal", index_version="v1")["hits"]
    response = client.get("/v1/search", params={"q": "canal", "index_version": "v0"})
    assert (response.status_code, response.headers["content-type"]) == (409, PROBLEM)
    assert response.json()["detail"].startswith("index_version: v0 is not served any more, v1 is")


def test_alerts_are_served_whatever_is_published_next(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path / "store")
    publish_fake_store(store.root, ARTICLES[:2], version="v1")
    publish_fake_store(store.root, ARTICLES, version="v2")
    searches = ({"id": "moon", "query": "moon", "min_relevance": 0}, {"id": "قمر", "query": "قمر", "min_relevance": 0})
    store.saved_searches.write_text("\n".join(map(json.dumps, searches)), encoding="utf-8")
    with TestClient(create_app(Settings(store=store.root))) as client:
        assert client.get("/v1/alerts").json()["alerts"] == []  # before the first run
        run_alerts(store, "v1")
        body = client.get("/v1/alerts").json()
        assert body["index"]["version"] == "v2"
        assert {alert["saved_search"] for alert in body["alerts"]} == {"moon", "قمر"}
        assert body["alerts"][0]["article"]["id"] == "en-moon"
        assert body["alerts"][0]["since"] == "v1"
        one = client.get("/v1/alerts", params={"saved_search": "قمر"}).json()["alerts"]
        assert one == [alert for alert in body["alerts"] if alert["saved_search"] == "قمر"]
        for name in ("atom", "rss"):
            response = client.get("/v1/alerts", params={"format": name})
            assert response.headers["content-type"].startswith(f"application/{name}+xml")
            feed = feedparser.parse(response.content)
            assert (feed.bozo, len(feed.entries)) == (False, len(body["alerts"])), name
            assert [entry.link for entry in feed.entries] == [alert["article"]["url"] for alert in body["alerts"]]
            assert feed.feed.link == "http://testserver/status"
            assert [one.href for one in feed.feed.links if one.rel == "self"] == [str(response.url)]
        assert client.get("/v1/alerts", params={"format": "html"}).status_code == 422
        publish_fake_store(store.root, ARTICLES[:2], version="v3")
        run_alerts(store)
        assert client.get("/v1/alerts").json()["alerts"] == body["alerts"]


def store_with_alerts(root: Path, *, n_old: int) -> StoreLayout:
    """Return a store whose saved search has found all articles but the first `n_old`."""
    store = StoreLayout(root)
    publish_fake_store(root, ARTICLES[:n_old], version="v1")
    publish_fake_store(root, ARTICLES, version="v2")
    store.saved_searches.write_text('{"id": "moon", "query": "moon", "min_relevance": 0}', encoding="utf-8")
    run_alerts(store)
    return store


def test_alerts_come_in_pages_and_since_a_day(tmp_path: Path) -> None:
    store = store_with_alerts(tmp_path / "store", n_old=1)
    with TestClient(create_app(Settings(store=store.root))) as client:

        def get(**params: object) -> dict[str, Any]:
            body: dict[str, Any] = client.get("/v1/alerts", params={k: str(v) for k, v in params.items()}).json()
            return body

        whole = get()
        assert ([alert["rank"] for alert in whole["alerts"]], whole["next"]) == ([1, 2, 3, 4], None)
        first = get(limit=3)
        second = get(limit=3, before=first["next"])
        assert first["alerts"] + second["alerts"] == whole["alerts"]
        assert second["next"] is None
        assert get(since=whole["alerts"][0]["found_at"])["alerts"] == whole["alerts"]
        assert get(since="2999-01-01")["alerts"] == []
        assert get(since="9999-12-31T23:59:59.999999Z")["alerts"] == []
        assert get(before=2**63 - 1)["alerts"] == whole["alerts"]
        for name, value in {"since": "yesterday", "before": 2**63}.items():
            response = client.get("/v1/alerts", params={name: str(value)})
            assert [error["field"] for error in response.json()["errors"]] == [name]
        store.alert_ledger.write_bytes(b"no database" * 100)
        assert client.get("/v1/alerts").status_code == 503


def test_alert_on_an_article_that_is_taken_down_is_not_shown(tmp_path: Path) -> None:
    store = store_with_alerts(tmp_path / "store", n_old=2)
    with TestClient(create_app(Settings(store=store.root))) as client:
        body = client.get("/v1/alerts").json()
    record_takedowns(store, ["en-moon"], "takedown", "")
    with TestClient(create_app(Settings(store=store.root))) as client:
        left = client.get("/v1/alerts").json()["alerts"]
        assert left == [alert for alert in body["alerts"] if alert["article"]["id"] != "en-moon"]
        feed = client.get("/v1/alerts", params={"format": "atom"})
        assert feed.text.count("<entry>") == len(left) < len(body["alerts"])


def test_pages_are_whole_and_run_no_code_of_others(client: TestClient) -> None:
    named: set[str] = set()
    for address in ("/", "/status", "/article/moon"):
        response = client.get(address)
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in response.headers["content-security-policy"]
        parts = re.findall(rf'(?:href|src)="[./]+/{FOLDER}/([^"]+)"', response.text)
        assert parts[:2] == ["style.css", "main.js"]
        assert len(set(parts)) == len(parts)
        named.update(parts[1:])
    assert named == {path.name for path in WEB.glob("*.js")} - {"docs.js"}
    for path in WEB.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert "innerHTML" not in text
        assert client.get(f"/{FOLDER}/{path.name}").text == text
        for module in re.findall(r'(?:from |import\()"([^"]+)"', text):
            assert (WEB / module).is_file()
    assert client.get(f"/{FOLDER}/absent").headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    ("path", "folder"),
    [("/", "./"), ("/status", "./"), ("/article/moon", "../"), ("/article/a/b", "../../"), ("/article/a%2Fb", "../")],
)
def test_pages_name_their_files_relative_to_themselves(client: TestClient, path: str, folder: str) -> None:
    assert f'src="{folder}{FOLDER}/main.js"' in client.get(path).text


def test_files_of_the_page_are_compressed_and_kept(client: TestClient) -> None:
    page, module = client.get("/"), client.get(f"/{FOLDER}/main.js")
    assert page.headers["cache-control"] == "no-store"
    assert module.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert module.headers["content-encoding"] == "gzip"
    assert module.headers["x-content-type-options"] == "nosniff"


def test_openapi_describes_the_parameters_that_get_and_post_share(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    fields = document["components"]["schemas"]["SearchBody"]["properties"]
    parameters = {entry["name"]: entry for entry in document["paths"]["/v1/search"]["get"]["parameters"]}
    shared = {name: entry["schema"] for name, entry in parameters.items() if name != "q"}
    assert shared == {name: field for name, field in fields.items() if name not in {"q", "like"}}
    assert {"q", "like"} <= set(fields)
    assert [name for name, entry in parameters.items() if entry["required"]] == ["q"]
    assert {entry["in"] for entry in parameters.values()} == {"query"}
    similar = document["paths"]["/v1/articles/{article_id}/similar"]["get"]["parameters"]
    assert {entry["name"]: entry["schema"] for entry in similar if entry["in"] == "query"} == shared


def test_the_interactive_documentation_needs_no_internet(client: TestClient) -> None:
    page = client.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) == 4  # two scripts, the style and an empty icon
    for address in addresses:
        assert address == "data:," or client.get(address).status_code == 200, address
    assert "http" not in page.replace("HTTP", "")
    assert "<script>" not in page  # inline code would need a policy that allows it
    assert "script-src" not in client.get("/docs").headers["content-security-policy"]  # so those of 'self' only


def test_openapi_says_how_a_key_is_sent(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header"}
    assert document["security"] == [{"bearer": []}, {"header": []}, {}]
    assert {"401", "403", "429"} <= set(document["paths"]["/v1/search"]["get"]["responses"])


def test_openapi_names_the_answers_that_any_request_may_get(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for operations in paths.values():
        for operation in operations.values():
            assert {"400", "408", "413", "414", "422", "431"} <= set(operation["responses"])
    alerts = paths["/v1/alerts"]["get"]["responses"]["200"]["content"]
    assert set(alerts) == {"application/json", "application/atom+xml", "application/rss+xml"}


def test_a_search_is_served_without_the_router_that_describes_it(client: TestClient) -> None:
    head = client.head("/v1/search", params={"q": "canal"})
    assert (head.status_code, head.content) == (200, b"")
    assert client.put("/v1/search").status_code == 405
    assert 'khabar_responses_total{route="/v1/search",status="405"}' in client.get("/metrics").text


def test_openapi_documents_every_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    articles = {"/v1/articles/{article_id}", "/v1/articles/{article_id}/similar"}
    saved = {f"/v1/saved-searches{path}" for path in ("", "/{saved_search_id}", "/{saved_search_id}/run")}
    others = {"/v1/search", "/v1/search/batch", "/v1/facets/{field}", "/v1/index", "/v1/alerts", "/v1/builds"}
    assert set(paths) == articles | saved | others | {"/healthz", "/readyz"}


def test_quotes_and_exclusions_hold_in_every_mode(client: TestClient) -> None:
    for mode in ("semantic", "hybrid", "exact"):
        body = search(client, q='"lost canal"', group="none", mode=mode)
        assert body["mode"] == mode
        texts = [f"{hit['article']['title']} | {hit['paragraph']['text']}".lower() for hit in body["hits"]]
        assert texts
        assert all("lost canal" in text for text in texts)
        assert body["query"]["text"] == '"lost canal"'
        without = search(client, q="canal -tolls", group="none", mode=mode)["hits"]
        assert without
        assert not any("tolls" in hit["paragraph"]["text"] for hit in without)


def test_highlights_are_for_a_short_page(client: TestClient) -> None:
    assert search(client, q="canal", k=20, highlight=True)["hits"][0]["highlights"]
    response = client.get("/v1/search", params={"q": "canal", "k": 21, "highlight": True})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "highlight"


def test_exact_mode_finds_arabic_words_in_their_forms(client: TestClient) -> None:
    found = search(client, q="المعاهده", mode="exact", group="none")["hits"]
    assert {hit["article"]["id"] for hit in found} == {"ar-treaty"}
    assert search(client, q="unheardof", mode="exact")["hits"] == []


@pytest.mark.parametrize("q", ["-canal", '-"a canal" -ship', '""'])
def test_a_query_that_only_excludes_is_refused(client: TestClient, q: str) -> None:
    response = client.get("/v1/search", params={"q": q})
    assert response.status_code == 422
    assert response.json()["errors"][0] == {"field": "q", "message": "holds nothing to search for"}


def test_a_version_of_an_old_format_says_what_it_cannot_do(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    as_format(StoreLayout(tmp_path).version("v1").manifest, 4)
    with TestClient(create_app(Settings(store=tmp_path))) as client:
        assert search(client, q="canal")["mode"] == "semantic"
        assert "mean nothing" in search(client, q="canal -ship")["warnings"][0]
        response = client.get("/v1/search", params={"q": "canal", "mode": "exact"})
    assert response.status_code == 409
    assert "rebuild it with `khabar index build`" in response.json()["detail"]
