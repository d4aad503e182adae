"""A service over a copy that follows a store in another place."""

import sys
import time
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from indexer.snapshot.format.replica import make_replica, note_word, silence_of
from indexer.snapshot.layout import StoreLayout
from indexer.store.takedown import record_takedowns
from search_api.settings import Settings
from tests.conftest import ARTICLES, ROOT
from tests.fakes import publish_fake_store
from tests.service_process import ENVIRONMENT, running_service

TAKEDOWN_WITHIN_S = 10.0


def test_a_store_that_is_no_replica_is_never_silent(client: TestClient, fake_store: Path) -> None:
    assert silence_of(StoreLayout(fake_store)) is None
    assert "khabar_replica" not in client.get("/metrics").text


def test_a_replica_is_ready_while_it_hears_of_its_store(client: TestClient, fake_store: Path) -> None:
    store = StoreLayout(fake_store)
    make_replica(store, "s3://bucket/store")
    try:
        silent = client.get("/readyz")
        assert silent.status_code == 503
        assert silent.json()["detail"] == (
            "this replica of s3://bucket/store has not heard of it since it was started, so takedowns may be missing"
        )
        note_word(store, time.time())
        assert client.get("/readyz").status_code == 200
        assert float(client.get("/metrics").text.split("khabar_replica_silence_seconds ")[-1].split()[0]) < 8
        note_word(store, time.time() - 9)
        late = client.get("/readyz")
        assert (late.status_code, "has not heard of it for 9 s" in late.json()["detail"]) == (503, True)
        assert client.get("/v1/search?q=moon").status_code == 200
        store.replica.write_text("no JSON", encoding="utf-8")
        assert client.get("/readyz").status_code == 503
    finally:
        store.replica.unlink()


@pytest.mark.parametrize("source", ["init", "environment"])
def test_an_address_is_followed_in_the_folder_of_the_replica(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHABAR_REPLICA", "/var/lib/copy")
    if source == "environment":
        monkeypatch.setenv("KHABAR_STORE", "s3://bucket/store")
    settings = Settings.model_validate({} if source == "environment" else {"store": "s3://bucket/store"})
    assert (settings.store, settings.replica_of) == (Path("/var/lib/copy"), "s3://bucket/store")


def test_a_folder_is_no_replica() -> None:
    settings = Settings(store=Path("store"))
    assert (settings.store, settings.replica_of) == (Path("store"), None)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_takedown_reaches_a_replica(tmp_path: Path, workers: int) -> None:
    store, copy = tmp_path / "store", tmp_path / "copy"
    publish_fake_store(store, ARTICLES)
    khabar = (sys.executable, "-m", "tests.khabar_fake")
    environment = ENVIRONMENT | {"KHABAR_REPLICA": str(copy)}
    address, options = store.as_uri(), ("--workers", str(workers))
    with running_service(khabar, address, *options, cwd=ROOT, env=environment) as service:
        assert httpx.get(f"{service}/v1/articles/en-moon").status_code == 200
        record_takedowns(StoreLayout(store), ["en-moon"], "takedown", "")
        deadline = time.monotonic() + TAKEDOWN_WITHIN_S
        while httpx.get(f"{service}/v1/articles/en-moon").status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        for _ in range(8):  # whichever process answers
            assert httpx.get(f"{service}/v1/articles/en-moon").status_code == 404
        store.rename(tmp_path / "gone")
        while httpx.get(f"{service}/readyz").status_code == 200:
            assert time.monotonic() < deadline + 2 * TAKEDOWN_WITHIN_S
            time.sleep(0.2)
        assert httpx.get(f"{service}/v1/search?q=moon").status_code == 200
