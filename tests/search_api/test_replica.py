"""A service over a copy that follows a store in another place."""

import sys
import time
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from indexer.snapshot.format.replica import Replica, note_sync, replica_lag, write_replica
from indexer.snapshot.layout import StoreLayout
from indexer.store.takedown import record_takedowns
from search_api.cli import app
from search_api.settings import Settings
from tests.conftest import ARTICLES, ROOT
from tests.fakes import publish_fake_store
from tests.service_process import ENVIRONMENT, running_service

TAKEDOWN_WITHIN_S = 10.0


def test_a_store_that_is_no_replica_is_never_behind(client: TestClient, fake_store: Path) -> None:
    assert replica_lag(StoreLayout(fake_store)) is None
    assert "khabar_replica" not in client.get("/metrics").text


def test_a_replica_is_ready_while_it_synchronises(client: TestClient, fake_store: Path) -> None:
    store = StoreLayout(fake_store)
    write_replica(store, Replica("s3://bucket/store"))
    note_sync(store)
    try:
        unknown = client.get("/readyz")
        assert unknown.status_code == 503
        assert unknown.json()["detail"].startswith(
            "this replica of s3://bucket/store has not synchronised since it was started, so takedowns may be missing"
        )
        assert "khabar_replica_lag_seconds +Inf" in client.get("/metrics").text
        note_sync(store, time.time() - 3)
        assert client.get("/readyz").status_code == 200
        assert 3 <= float(client.get("/metrics").text.split("khabar_replica_lag_seconds ")[-1].split()[0]) < 8
        note_sync(store, time.time() - 8.5)
        late = client.get("/readyz")
        assert (late.status_code, "has not synchronised for " in late.json()["detail"]) == (503, True)
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


def test_two_addresses_are_refused() -> None:
    with pytest.raises(ValueError, match="name two stores: s3://bucket/one, s3://bucket/two"):
        Settings.model_validate({"store": "s3://bucket/one", "replica_of": "s3://bucket/two"})


@pytest.mark.parametrize("command", [["search", "moon"], ["index", "status"], ["keys", "list"]])
def test_other_commands_want_a_folder(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--store", "s3://bucket/store"])
    assert result.exit_code == 2
    assert "it must be a folder" in result.stderr


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
        hidden_in_a_row = 0
        while hidden_in_a_row < 16:  # whichever process answers
            is_hidden = httpx.get(f"{service}/v1/articles/en-moon").status_code == 404
            hidden_in_a_row = hidden_in_a_row + 1 if is_hidden else 0
            assert time.monotonic() < deadline
            time.sleep(0.05)
        store.rename(tmp_path / "gone")
        while httpx.get(f"{service}/readyz").status_code == 200:
            assert time.monotonic() < deadline + 2 * TAKEDOWN_WITHIN_S
            time.sleep(0.2)
        assert httpx.get(f"{service}/v1/search?q=moon").status_code == 200
