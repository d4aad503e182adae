"""The sample corpus keeps its promises: shape, languages, coverage, judgements."""

import csv
import json
from collections import Counter
from typing import Any

import pytest

from benchmarks.corpora.judged import read_judged
from indexer.articles.split import ParagraphLimit, split_article
from indexer.snapshot.text.language import detect_language, detect_query_language
from indexer.sources.parsing.record import article_from_record
from tests.conftest import ROOT

DATA = ROOT / "data"


FRENCH = DATA / "french"


def read_jsonl(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def articles() -> list[dict[str, Any]]:
    return read_jsonl("articles.jsonl")


@pytest.fixture(scope="module")
def queries() -> list[dict[str, Any]]:
    return read_jsonl("queries.jsonl")


@pytest.fixture(scope="module")
def judgements() -> list[tuple[str, str, int]]:
    with (DATA / "qrels.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [(row["query_id"], row["paragraph_id"], int(row["grade"])) for row in rows]


def test_articles_are_valid_and_unique(articles: list[dict[str, Any]]) -> None:
    parsed = [article_from_record(record).article for record in articles]
    assert len({article.id for article in parsed}) == len(parsed) == 66
    assert Counter(article.language for article in parsed) == {"ar": 33, "en": 33}
    assert all(article.title and article.source and article.published for article in parsed)
    assert all(article.url and ".example.org/" in article.url for article in parsed)


def test_a_third_of_events_is_told_in_both_languages(articles: list[dict[str, Any]]) -> None:
    told: dict[str, set[str]] = {}
    for article in articles:
        told.setdefault(article["event"], set()).add(article["language"])
    shares = Counter("+".join(sorted(languages)) for languages in told.values())
    assert shares == {"ar+en": 18, "ar": 15, "en": 15}


def test_detection_agrees_with_the_label_of_every_article(articles: list[dict[str, Any]]) -> None:
    assert [a["id"] for a in articles if detect_language(a["text"]) != a["language"]] == []


def test_queries_are_half_and_half(queries: list[dict[str, Any]]) -> None:
    assert Counter((query["language"], query["kind"]) for query in queries) == {
        ("en", "question"): 48,
        ("en", "keywords"): 48,
        ("ar", "question"): 48,
        ("ar", "keywords"): 48,
    }
    assert len({query["id"] for query in queries}) == len({query["query"] for query in queries}) == 192
    assert [query["id"] for query in queries if detect_query_language(query["query"]) != query["language"]] == []


def test_both_languages_ask_for_the_same(queries: list[dict[str, Any]], judgements: list[tuple[str, str, int]]) -> None:
    by_id = {query["id"]: query for query in queries}
    wanted: dict[str, dict[str, int]] = {}
    for asked, paragraph, grade in judgements:
        wanted.setdefault(asked, {})[paragraph] = grade
    for query in queries:
        twin = by_id[query["twin"]]
        assert twin["twin"] == query["id"]
        assert {query["language"], twin["language"]} == {"en", "ar"}
        assert query["kind"] == twin["kind"]
        assert wanted[query["id"]] == wanted[twin["id"]]


def test_every_query_has_an_answer(
    queries: list[dict[str, Any]], judgements: list[tuple[str, str, int]], articles: list[dict[str, Any]]
) -> None:
    answered = {query for query, _, grade in judgements if grade == 2}
    assert answered == {query["id"] for query in queries}
    assert {grade for _, _, grade in judgements} == {1, 2}
    assert len({(query, paragraph) for query, paragraph, _ in judgements}) == len(judgements)
    known = {article["id"] for article in articles}
    assert {paragraph.rsplit(":", 1)[0] for _, paragraph, _ in judgements} <= known


def test_a_third_of_queries_is_answered_in_each_language_only(
    queries: list[dict[str, Any]], judgements: list[tuple[str, str, int]]
) -> None:
    languages: dict[str, set[str]] = {}
    for query, paragraph, grade in judgements:
        if grade == 2:
            languages.setdefault(query, set()).add(paragraph[:2])
    shares = Counter((query["language"], "+".join(sorted(languages[query["id"]]))) for query in queries)
    assert shares == {
        ("en", "ar+en"): 36, ("en", "ar"): 30, ("en", "en"): 30,
        ("ar", "ar+en"): 36, ("ar", "ar"): 30, ("ar", "en"): 30,
    }  # fmt: skip


def test_french_articles_tell_of_events_of_the_sample(articles: list[dict[str, Any]]) -> None:
    french = read_jsonl("french/articles.jsonl")
    assert [detect_language(record["text"]) for record in french] == ["fr"] * 24
    told: dict[str, set[str]] = {}
    for record in articles:
        told.setdefault(record["event"], set()).add(record["language"])
    assert Counter("+".join(sorted(told[record["event"]])) for record in french) == {"ar+en": 12, "ar": 6, "en": 6}


def test_every_query_on_a_french_event_is_answered_in_french(queries: list[dict[str, Any]]) -> None:
    asked = read_judged(FRENCH)
    known = {query["id"]: query["query"] for query in queries}
    assert Counter(query.language for query in asked) == {"en": 24, "ar": 24, "fr": 24}
    assert all(known[query.id] == query.text for query in asked if query.language != "fr")
    paragraphs = {
        paragraph.id
        for article in (article_from_record(record).article for record in read_jsonl("french/articles.jsonl"))
        for paragraph in split_article(article, ParagraphLimit(381, lambda text: len(text.split())))
    }
    assert all(2 in query.grades.values() and set(query.grades) <= paragraphs for query in asked)


def test_short_queries_are_names_places_and_terms_in_both_languages(articles: list[dict[str, Any]]) -> None:
    queries = {query["id"]: query for query in read_jsonl("short_queries.jsonl")}
    assert Counter(query["language"] for query in queries.values()) == {"en": 68, "ar": 68}
    assert {query["kind"] for query in queries.values()} == {"name", "place", "term"}
    events = {article["event"] for article in articles}
    for query in queries.values():
        twin = queries[query["twin"]]
        assert (twin["twin"], twin["kind"], twin["events"]) == (query["id"], query["kind"], query["events"])
        assert twin["language"] != query["language"] == detect_query_language(query["query"])
        assert 1 <= len(query["query"].split()) <= 3
        assert query["events"]
        assert set(query["events"]) <= events
