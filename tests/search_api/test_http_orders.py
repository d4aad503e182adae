"""Orders, paragraphs, sentences and articles like one, over HTTP."""

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from indexer.snapshot.search.query import ArticleTarget, LongTextTarget, Query, Sort, TextTarget
from search_api.access.admission import SMALL_PRICE
from search_api.access.search_price import search_price
from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import make_article
from tests.fakes import publish_fake_store

BY_DATE = ["ar-treaty", "ar-quake", "en-moon", "en-canal", "en-undated/with slash"]


def get(client: TestClient, path: str = "/v1/search", **parameters: Any) -> Any:
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def ids(body: Any) -> list[str]:
    return [hit["article"]["id"] for hit in body["hits"]]


def refusal(client: TestClient, **parameters: Any) -> tuple[str, str]:
    """Return field and message of the one error of a request, which GET and POST refuse alike."""
    got, posted = client.get("/v1/search", params=parameters), client.post("/v1/search", json=parameters)
    assert (got.status_code, posted.status_code) == (422, 422)
    (error,) = got.json()["errors"]
    assert posted.json()["errors"] == [error]
    return error["field"], error["message"]


def test_newest_and_oldest_have_articles_without_a_date_last(client: TestClient) -> None:
    # Nothing is relevant to the first query, so the nearest ten articles are in order.
    assert ids(get(client, q="unheardof", sort="newest")) == BY_DATE
    assert ids(get(client, q="unheardof", sort="oldest")) == [*reversed(BY_DATE[:-1]), BY_DATE[-1]]
    assert ids(get(client, q="unheardof", sort="oldest", language="ar")) == ["ar-quake", "ar-treaty"]
    assert ids(get(client, q="unheardof", sort="newest", k=2, offset=3)) == BY_DATE[3:]
    assert ids(get(client, q="canal", sort="oldest")) == ["en-canal", "ar-treaty"]


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("group", ["article", "story", "none"])
def test_pages_put_together_are_the_whole_order(client: TestClient, sort: str, group: str) -> None:
    whole = get(client, q="canal", sort=sort, group=group, k=100)["hits"]
    pages = [get(client, q="canal", sort=sort, group=group, k=3, offset=offset)["hits"] for offset in range(0, 9, 3)]
    assert [hit for page in pages for hit in page] == whole
    posted = client.post("/v1/search", json={"q": "canal", "sort": sort, "group": group, "k": 100}).json()
    assert posted["hits"] == whole


def test_a_blend_is_between_relevance_and_date(client: TestClient) -> None:
    usual = get(client, q="canal", sort="blend", half_life_days=7)["hits"]
    scores = {hit["article"]["id"]: hit["score"] for hit in get(client, q="canal")["hits"]}
    assert {hit["article"]["id"]: hit["score"] for hit in usual} == scores  # what is not relevant too
    blended = [max(hit["score"], 0) * (1 if hit["article"]["id"] == "ar-treaty" else 0.7) for hit in usual]
    assert blended == sorted(blended, reverse=True)  # the others are a year older than the newest, or more
    assert get(client, q="canal", sort="blend")["hits"] == usual  # 7 is the default


@pytest.mark.parametrize(
    ("parameters", "field", "message"),
    [
        ({"sort": "date"}, "sort", "input should be 'relevance', 'newest', 'oldest' or 'blend'"),
        ({"half_life_days": 3}, "half_life_days", "needs sort=blend"),
        ({"half_life_days": 3, "sort": "newest"}, "half_life_days", "needs sort=blend"),
        ({"half_life_days": 0, "sort": "blend"}, "half_life_days", "input should be greater than 0"),
        ({"half_life_days": 36_501, "sort": "blend"}, "half_life_days", "input should be less than or equal to 36500"),
        ({"half_life_days": "nan", "sort": "blend"}, "half_life_days", "input should be a finite number"),
        ({"paragraphs": 0}, "paragraphs", "input should be greater than or equal to 1"),
        ({"paragraphs": 21}, "paragraphs", "input should be less than or equal to 20"),
        ({"paragraphs": 2, "group": "none"}, "paragraphs", "must be 1 with group=none, where every paragraph is a hit"),
        ({"highlight": "perhaps"}, "highlight", "input should be a valid boolean, unable to interpret input"),
    ],
)
def test_values_that_do_not_go_together_are_named(
    client: TestClient, parameters: dict[str, Any], field: str, message: str
) -> None:
    assert refusal(client, q="canal", **parameters) == (field, message)


def test_paragraphs_and_highlights_come_on_request_only(client: TestClient) -> None:
    plain = get(client, q="canal", k=1)["hits"][0]
    assert plain["matching_paragraphs"] >= 1
    assert not {"paragraphs", "highlights"} & set(plain)
    hit = get(client, q="canal", k=1, paragraphs=2, highlight="true")["hits"][0]
    assert [set(paragraph) for paragraph in hit["paragraphs"]] == [{*hit["paragraph"], "score"}] * 2
    assert hit["paragraphs"][0] == {**hit["paragraph"], "score": hit["score"]}
    assert hit["paragraphs"][0]["score"] >= hit["paragraphs"][1]["score"]
    text = hit["paragraph"]["text"]
    shown = [(highlight["kind"], text[highlight["start"] : highlight["end"]]) for highlight in hit["highlights"]]
    assert shown == [("sentence", text), ("term", "canal")]


def test_similar_articles_leave_out_the_article_itself(client: TestClient) -> None:
    body = get(client, "/v1/articles/ar-treaty/similar", k=100)
    assert body["query"] == {"text": "معاهدة", "language": "ar"}
    assert sorted(ids(body)) == ["ar-quake", "en-canal", "en-moon", "en-undated/with slash"]
    assert ids(get(client, "/v1/articles/ar-treaty/similar", language="en", sort="newest")) == BY_DATE[2:]
    assert "ar-treaty" in ids(get(client, "/v1/articles/en-undated/with slash/similar"))
    assert "ar-treaty" in ids(get(client, f"/v1/articles/{quote('en-undated/with slash', safe='')}/similar"))
    assert get(client, "/v1/articles/ar-treaty/similar", query_language="en")["query"]["language"] == "en"


def test_an_id_may_end_like_the_route(tmp_path: Path) -> None:
    text = "The canal was closed for six days while crews dug out the ship there."
    publish_fake_store(tmp_path, [make_article("a", "en", text), make_article("a/similar", "en", f"No news. {text}")])
    with TestClient(create_app(Settings(store=tmp_path))) as client:
        assert client.get("/v1/articles/a%2Fsimilar").json()["id"] == "a/similar"
        assert client.get("/v1/articles/a%2fsimilar").json()["paragraphs"][0]["text"].startswith("No news.")
        assert get(client, "/v1/articles/a/similar")["query"]["text"] == text
        assert get(client, "/v1/articles/a%2Fsimilar/similar")["query"]["text"].startswith("No news.")
        assert client.get("/v1/articles/b%2Fsimilar").status_code == 404


def test_similar_articles_refuse_what_a_search_refuses(client: TestClient) -> None:
    missing = client.get("/v1/articles/nobody/similar")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "article_id: no article 'nobody' in this index"
    for parameters, field in (({"q": "canal"}, "q"), ({"k": 0}, "k"), ({"half_life_days": 3}, "half_life_days")):
        refused = client.get("/v1/articles/ar-treaty/similar", params=parameters)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == [field]
    other = client.get("/v1/articles/ar-treaty/similar", params={"index_version": "v0"})
    assert other.status_code == 409


def test_a_post_has_a_query_or_a_text(client: TestClient) -> None:
    text = "The moon is far. " * 3_000
    body = client.post("/v1/search", json={"like": {"text": text}, "k": 1}).json()
    assert ids(body) == ["en-moon"]
    assert body["query"]["text"].startswith("The moon is far. The moon")
    assert len(body["query"]["text"]) < 130
    for sent, field in (
        ({}, "q"),
        ({"q": "canal", "like": {"text": "canal"}}, "q"),
        ({"like": {}}, "like.text"),
        ({"like": {"text": " "}}, "like.text"),
        ({"like": {"text": "؟"}}, "like.text"),
        ({"like": {"text": "canal", "id": "x"}}, "like.id"),
        ({"like": "canal"}, "like"),
    ):
        refused = client.post("/v1/search", json=sent)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == [field], sent


def test_the_price_is_that_of_what_is_encoded() -> None:
    price = partial(search_price, has_static_encoder=True)
    word = price(Query(TextTarget("moon")))
    assert word == SMALL_PRICE + 4 + 10
    assert price(Query(LongTextTarget("moon"))) == word
    assert price(Query(LongTextTarget("A sentence of words. " * 3_000))) < 10_000
    assert price(Query(ArticleTarget("x"))) > 10 * word
    assert price(Query(TextTarget("moon"), n_paragraphs=20)) == word + 190
    assert price(Query(TextTarget("moon"), sort=Sort.NEWEST)) > word
    highlighted = Query(TextTarget("moon"), highlight=True)
    assert word < price(highlighted) < 3 * word
    assert search_price(highlighted, has_static_encoder=False) > 50 * word


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"sort": "newest"}, ["sort: 1 articles have no date, and are last"]),
        ({"sort": "oldest"}, ["sort: 1 articles have no date, and are last"]),
        (
            {"sort": "newest", "published_from": "2020-01-01"},
            ["published_from: 1 articles have no date, and are left out"],
        ),
        ({"sort": "relevance"}, []),
        ({}, []),
    ],
)
def test_an_order_by_date_tells_what_it_does_to_articles_without_one(
    client: TestClient, parameters: dict[str, str], expected: list[str]
) -> None:
    assert get(client, "/v1/search", q="canal", **parameters)["warnings"] == expected
