"""Keys, scopes and rates, through the whole service."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from starlette.testclient import TestClient

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.format.keys import Scope
from indexer.snapshot.layout import StoreLayout
from indexer.store.keys import create_key, revoke_key
from search_api.access import key_ring
from search_api.app import create_app
from search_api.errors import MEDIA_TYPE
from search_api.settings import Settings
from search_api.web.page import FOLDER

SEARCH = "/v1/search?q=canal"


@pytest.fixture
def store(fake_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreLayout:
    """Return a store of its own for each test, whose keys are read again for every request."""
    monkeypatch.setattr(key_ring, "_LOOK_EVERY_S", 0.0)
    return StoreLayout(shutil.copytree(fake_store, tmp_path / "store"))


@pytest.fixture
def searching(store: StoreLayout) -> str:
    """Return a key of a new store."""
    return create_key(store, "page", [Scope.SEARCH], None)[0]


@pytest.fixture
def service(searching: str, store: StoreLayout) -> Iterator[TestClient]:
    """Yield a client of a service with a key; the client itself has none."""
    assert searching
    with TestClient(create_app(Settings(store=store.root, rate_limit="20/day"))) as client:
        yield client


def test_what_everybody_may_see(service: TestClient) -> None:
    for path in ("/", "/status", "/article/moon", "/healthz", "/readyz", f"/{FOLDER}/main.js"):
        assert service.get(path).status_code == 200, path


def test_a_request_without_a_key_is_refused(service: TestClient) -> None:
    for path in (
        SEARCH,
        "/v1/index",
        "/v1/articles/a",
        "/v1/facets/tag",
        "/v1/alerts",
        "/v1/saved-searches",
        "/v1/saved-searches/one",
        "/v1/builds",
        "/metrics",
        "/docs",
        "/openapi.json",
        "/absent",
    ):
        response = service.get(path)
        assert response.status_code == 401, path
        assert response.headers["content-type"] == MEDIA_TYPE
        assert response.headers["www-authenticate"].startswith("Bearer ")
    assert service.post("/v1/search", json={"q": "canal"}).status_code == 401
    assert "Basic" not in service.get(SEARCH).headers["www-authenticate"]  # or browsers would ask in place of the page


@pytest.mark.parametrize("form", ["Authorization: Bearer {}", "authorization: bearer {}", "X-API-Key: {}"])
def test_a_key_of_scope_search_searches_and_nothing_else(service: TestClient, searching: str, form: str) -> None:
    name, _, value = form.format(searching).partition(": ")
    for path in (SEARCH, "/v1/index", "/v1/facets/source"):
        assert service.get(path, headers={name: value}).status_code == 200, path
    paths = ("/v1/alerts", "/v1/builds", "/v1/saved-searches", "/v1/saved-searches/one", "/metrics", "/docs", "/absent")
    for path in paths:
        response = service.get(path, headers={name: value})
        assert response.status_code == 403, path
        assert response.json()["detail"] == "this key is not for operate: khabar keys new --scope operate makes one"


def test_an_operator_reads_metrics_with_a_browser(service: TestClient, store: StoreLayout) -> None:
    key, _ = create_key(store, "operator", [Scope.OPERATE], None)
    assert "Basic" in service.get("/metrics").headers["www-authenticate"]
    assert service.get("/metrics", auth=("anybody", key)).status_code == 200
    assert service.get("/docs", auth=("anybody", key)).status_code == 200
    assert service.get(SEARCH, auth=("anybody", key)).status_code == 403
    for wrong in (b"Basic %%%", b"Basic \xe9", b"Basic /w==", b"Basic", b"\xff", b"Bearer"):
        assert service.get("/metrics", headers={b"Authorization": wrong}).status_code == 401, wrong
    # A browser sends what it was told for /docs with the requests of the page as well; the key of the page counts.
    other, _ = create_key(store, "reader", [Scope.SEARCH], None)
    assert service.get(SEARCH, auth=("anybody", key), headers={"X-API-Key": other}).status_code == 200


def test_saved_searches_are_for_operators(service: TestClient, store: StoreLayout, searching: str) -> None:
    operating, _ = create_key(store, "operator", [Scope.OPERATE], None)
    saved = {"id": "one", "query": "canal"}
    requests: list[tuple[str, str, dict[str, str] | None, int]] = [
        ("POST", "/v1/saved-searches", saved, 201),
        ("PUT", "/v1/saved-searches/one", saved, 200),
        ("POST", "/v1/saved-searches/one/run", None, 200),
        ("DELETE", "/v1/saved-searches/one", None, 204),
    ]
    for method, path, body, status in requests:
        assert service.request(method, path, json=body).status_code == 401, (method, path)
        assert service.request(method, path, json=body, headers={"X-API-Key": searching}).status_code == 403
        assert service.request(method, path, json=body, headers={"X-API-Key": operating}).status_code == status


def test_keys_that_are_almost_right_are_wrong(service: TestClient, searching: str) -> None:
    prefix, key_id, secret = searching.split("_")
    wrong = (
        secret,
        f"{prefix}_{key_id}",
        f"{prefix}_{key_id}_",
        f"x_{key_id}_{secret}",
        f"{searching}0",
        searching[:-1],
    )
    for key in wrong:
        assert service.get(SEARCH, headers={"X-API-Key": key}).status_code == 401, key


def test_made_and_revoked_keys_count_without_a_restart(service: TestClient, store: StoreLayout, searching: str) -> None:
    later, _ = create_key(store, "later", [Scope.SEARCH], None)
    assert service.get(SEARCH, headers={"X-API-Key": later}).status_code == 200
    revoke_key(store, "later")
    assert service.get(SEARCH, headers={"X-API-Key": later}).status_code == 401
    assert service.get(SEARCH, headers={"X-API-Key": searching}).status_code == 200


def test_a_service_that_had_keys_lets_nobody_in_without_one(
    service: TestClient, store: StoreLayout, searching: str
) -> None:
    for harm in (store.keys.unlink, lambda: store.keys.write_text("[{"), lambda: store.keys.write_text("")):
        harm()
        assert service.get(SEARCH).status_code == 401
        assert service.get(SEARCH, headers={"X-API-Key": searching}).status_code == 200  # the keys of before
    store.keys.write_text("[]")
    assert service.get(SEARCH).status_code == 401
    assert service.get(SEARCH, headers={"X-API-Key": searching}).status_code == 401
    with TestClient(create_app(Settings(store=store.root))) as later:  # a file without keys is no missing file
        assert later.get(SEARCH).status_code == 401


def test_a_first_key_that_the_service_may_not_read_closes_it_until_it_may(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(create_app(Settings(store=store.root))) as service:
        assert service.get(SEARCH).status_code == 200
        key, _ = create_key(store, "first", [Scope.SEARCH], None)
        with monkeypatch.context() as patch:
            patch.setattr(key_ring, "read_keys", Mock(side_effect=SnapshotDamaged("permission denied")))
            assert service.get(SEARCH, headers={"X-API-Key": key}).status_code == 401
        assert service.get(SEARCH, headers={"X-API-Key": key}).status_code == 200


def test_keys_can_be_required_before_there_is_one(store: StoreLayout) -> None:
    with TestClient(create_app(Settings(store=store.root, require_keys=True))) as service:
        assert service.get(SEARCH).status_code == 401
        key, _ = create_key(store, "first", [Scope.SEARCH], None)
        assert service.get(SEARCH, headers={"X-API-Key": key}).status_code == 200


def test_a_service_does_not_start_with_a_damaged_file_of_keys(store: StoreLayout) -> None:
    store.keys.write_text(json.dumps({"keys": []}))
    with pytest.raises(SnapshotDamaged, match=r"keys\.json cannot be read as a list of keys"):
        TestClient(create_app(Settings(store=store.root))).get("/healthz")


def test_a_key_is_used_as_often_as_it_may_be(service: TestClient, store: StoreLayout, searching: str) -> None:
    hasty, _ = create_key(store, "hasty", [Scope.SEARCH], "2/day")
    statuses = [service.get("/v1/index", headers={"X-API-Key": hasty}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = service.get("/v1/index", headers={"X-API-Key": hasty})
    assert 1 <= int(refused.headers["retry-after"]) <= 24 * 3600
    assert refused.json()["detail"] == "this key may be used 2 per 1 day; try again later"
    # Another key has a count of its own, and the rate that the service has for keys without one.
    statuses = [service.get("/v1/index", headers={"X-API-Key": searching}).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


def test_without_keys_everything_is_answered(store: StoreLayout) -> None:
    with TestClient(create_app(Settings(store=store.root))) as client:
        assert client.get(SEARCH).status_code == 200
        assert client.get("/metrics").status_code == 200
