"""`/v1/builds`, in-process, over stores made with the fake encoder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from indexer.snapshot.layout import StoreLayout
from indexer.store.publish import publish, reject_version
from indexer.store.takedown import record_takedowns
from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store, write_fake_report


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    for version in ("v1", "v2"):
        publish_fake_store(tmp_path, ARTICLES, version=version)
        write_fake_report(tmp_path, version)
    return StoreLayout(tmp_path)


@pytest.fixture
def service(store: StoreLayout) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(store=store.root)), raise_server_exceptions=False) as running:
        yield running


def test_builds_have_counts_recall_and_stages(service: TestClient) -> None:
    body = service.get("/v1/builds").json()
    assert body["index"] == {"version": "v2", "created_at": "2026-01-02T03:04:05Z"}
    newest, before = body["builds"]
    assert (newest["version"], newest["served"]) == ("v2", True)
    assert (before["version"], before["served"]) == ("v1", False)
    assert newest["counts"]["articles"] == len(ARTICLES)
    assert newest["recall_at_10"] == {"ar": 1.0, "en": 1.0}
    assert newest["seconds"] == 62.0
    assert newest["stages"][1] == {"name": "embedding", "seconds": 61.5, "peak_rss_bytes": 2_000}
    assert (newest["accepted"], newest["embedded"], newest["taken_down"], newest["expired"]) == (5, 7, 1, 2)
    assert (newest["khabar"], newest["added_to"]) == ("0", None)
    assert (body["unreadable"], body["rejected"], body["taken_down"]) == ([], None, 0)


def test_fewer_builds_can_be_asked_for(service: TestClient) -> None:
    assert [each["version"] for each in service.get("/v1/builds?limit=1").json()["builds"]] == ["v2"]
    for limit in (0, 101):
        assert service.get(f"/v1/builds?limit={limit}").status_code == 422


def test_after_a_rollback_an_older_version_is_served(store: StoreLayout) -> None:
    publish(store, "v1")
    with TestClient(create_app(Settings(store=store.root))) as service:
        builds = service.get("/v1/builds").json()["builds"]
    assert [(each["version"], each["served"]) for each in builds] == [("v2", False), ("v1", True)]


def test_takedowns_and_the_rejected_build_are_told(store: StoreLayout, tmp_path: Path) -> None:
    record_takedowns(store, ["en-canal", "not-in-the-index"], "takedown", "asked for")
    (tmp_path / "staged").mkdir()
    reject_version(store, tmp_path / "staged", "v3", ["too few articles"])
    store.version("v1").report.write_text("damaged")
    with TestClient(create_app(Settings(store=store.root))) as service:
        body = service.get("/v1/builds").json()
    assert body["taken_down"] == 2
    assert body["rejected"] == {"version": "v3", "reasons": ["too few articles"]}
    assert [each["version"] for each in body["unreadable"]] == ["v1"]
    assert [each["version"] for each in body["builds"]] == ["v2"]


def test_a_folder_that_cannot_be_read_is_said_to_be(service: TestClient, store: StoreLayout) -> None:
    store.versions.rename(store.root / "elsewhere")
    response = service.get("/v1/builds")
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert "cannot be read" in response.json()["detail"]
