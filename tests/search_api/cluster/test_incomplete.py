"""Answers while a shard is silent: they say so, or are refused."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from indexer.snapshot.layout import VersionLayout
from indexer.snapshot.shards.open import open_local_shards
from indexer.snapshot.shards.record import ShardRecord
from indexer.snapshot.shards.requests import Answer, LocalShards, Request
from indexer.snapshot.shards.silence import note_silent
from search_api import app as application
from search_api.settings import Settings
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

PARAMETERS: Sequence[dict[str, Any]] = (
    {"q": "canal"},
    {"q": "قناة moon", "facets": "source,language,day", "sort": "newest", "paragraphs": 3, "highlight": True},
    {"q": '"the canal" -tolls', "mode": "exact", "group": "none"},
    {"q": "treaty 2024", "language": "ar", "sort": "blend"},
)


class SilentShards:
    """Shards of which some may be silent, from a request on that they still answer."""

    def __init__(self, shards: LocalShards) -> None:
        self.shards = shards
        self.silent: set[int] = set()
        self.answers_left = 0

    def ask(self, requests: Mapping[int, Request[Answer]]) -> dict[int, Answer]:
        self.answers_left -= 1
        silent = self.silent if self.answers_left < 0 else set()
        for number in silent & requests.keys():
            note_silent(number)
        return self.shards.ask({number: request for number, request in requests.items() if number not in silent})

    def close(self) -> None:
        self.shards.close()


@pytest.fixture
def shards() -> list[SilentShards]:
    return []


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shards: list[SilentShards]) -> Iterator[TestClient]:
    publish_fake_store(tmp_path, ARTICLES, n_shards=3)

    def connect(layout: VersionLayout, records: Sequence[ShardRecord], dim: int) -> SilentShards:
        shards.append(SilentShards(open_local_shards(layout, records, dim)))
        return shards[-1]

    monkeypatch.setattr(application, "shard_connector", lambda _settings: connect)
    with TestClient(application.create_app(Settings(store=tmp_path, query_cache=0))) as client:
        yield client


def ids(answer: Any) -> list[str]:
    return [hit["article"]["id"] for hit in answer["hits"]]


@pytest.mark.parametrize("parameters", PARAMETERS)
@pytest.mark.parametrize("answers_left", range(8))
def test_answers_say_what_is_missing_and_are_whole_again(
    client: TestClient, shards: list[SilentShards], parameters: dict[str, Any], answers_left: int
) -> None:
    whole = client.get("/v1/search", params=parameters).json()
    assert "complete" not in whole
    assert "missing_share" not in whole
    counts = [record.paragraphs for record in client.app.state.khabar.holder.current.manifest.shards]  # type: ignore[attr-defined]
    for number, count in enumerate(counts):
        shards[0].silent, shards[0].answers_left = {number}, answers_left
        answer = client.get("/v1/search", params=parameters).json()
        if "complete" in answer:
            assert answer["complete"] is False
            assert answer["missing_share"] == round(count / sum(counts), 4)
            assert set(ids(answer)) <= {article.id for article in ARTICLES}
        else:
            assert ids(answer) == ids(whole)  # it had been asked everything before it was silent
        if not answers_left:
            assert answer["complete"] is False
            strict = client.get("/v1/search", params={**parameters, "require_complete": True})
            assert strict.status_code == 503
            assert "of the paragraphs cannot be searched" in strict.json()["detail"]
            assert strict.headers["Retry-After"]
    shards[0].silent = set()
    assert ids(client.get("/v1/search", params=parameters).json()) == ids(whole)


def test_words_are_looked_up_once_and_again_if_a_shard_was_silent(
    client: TestClient, shards: list[SilentShards], tmp_path: Path
) -> None:
    questions = []
    answers: list[Any] = []
    for silent in ({0, 1, 2}, {1}, set[int](), set[int]()):
        shards[0].silent, shards[0].answers_left = silent, 0
        answers.append(client.get("/v1/search", params={"q": "canal ships"}).json())
        questions.append(-shards[0].answers_left)
    assert answers[1]["complete"] is False
    assert questions[3] == questions[2] - 1
    with TestClient(application.create_app(Settings(store=tmp_path, query_cache=0))) as fresh:
        whole = fresh.get("/v1/search", params={"q": "canal ships"}).json()
    for answer in (*answers[2:], whole):
        answer.pop("timing_ms")
    assert answers[2] == answers[3] == whole


def test_no_answer_at_all_is_503(client: TestClient, shards: list[SilentShards]) -> None:
    shards[0].silent = {0, 1, 2}
    refused = client.get("/v1/search", params={"q": "canal"})
    assert (refused.status_code, refused.json()["detail"]) == (503, "no shard answers")
    searches = [{"q": "canal"}, {"q": "moon"}]
    results = client.post("/v1/search/batch", json={"searches": searches}).json()["results"]
    assert [result["status"] for result in results] == [503, 503]


def test_an_export_is_whole_or_refused(client: TestClient, shards: list[SilentShards]) -> None:
    assert client.get("/v1/search", params={"q": "canal", "format": "jsonl"}).status_code == 200
    shards[0].silent = {1}
    refused = client.get("/v1/search", params={"q": "canal", "format": "jsonl"})
    assert (refused.status_code, refused.json()["detail"]) == (503, "shard 1 does not answer")


def test_incomplete_answers_are_counted(client: TestClient, shards: list[SilentShards]) -> None:
    shards[0].silent = {2}
    client.get("/v1/search", params={"q": "canal"})
    client.post("/v1/search/batch", json={"searches": [{"q": "canal"}, {"q": "moon", "require_complete": True}]})
    assert "khabar_search_incomplete_total 3.0" in client.get("/metrics").text
