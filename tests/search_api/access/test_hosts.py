"""Names that the service is called by, and pages of other origins."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search_api.app import create_app
from search_api.settings import Settings


@pytest.fixture(scope="module")
def named(fake_store: Path) -> Iterator[TestClient]:
    """Yield a client of a service that has a public name and one origin."""
    settings = Settings(
        store=fake_store, allowed_hosts="news.example, second.example", cors_origins="https://desk.example"
    )
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]", "192.0.2.7", "khabar", "a.localhost"),
        *("news.example", "NEWS.example:443", "second.example", "news.example."),
    ],
)
def test_addresses_local_names_and_allowed_names(named: TestClient, host: str) -> None:
    assert named.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example"]
)
def test_a_public_name_of_somebody_else_is_refused(named: TestClient, client: TestClient, host: str) -> None:
    for each in (named, client):
        response = each.get("/v1/search?q=canal", headers={"Host": host})
        assert response.status_code == 400
        assert response.json()["detail"] == f"Host: {host!r} is no name of this service; KHABAR_ALLOWED_HOSTS names it"


def test_a_star_allows_every_name(fake_store: Path) -> None:
    with TestClient(create_app(Settings(store=fake_store, allowed_hosts="*"))) as client:
        assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 200


def test_pages_of_other_origins_need_permission(named: TestClient, client: TestClient) -> None:
    wanted = {"Origin": "https://desk.example", "Access-Control-Request-Method": "GET"}
    allowed = "access-control-allow-origin"
    assert allowed not in client.get("/v1/index", headers=wanted).headers
    assert named.get("/v1/index", headers=wanted).headers[allowed] == "https://desk.example"
    assert named.options("/v1/search", headers=wanted).status_code == 200
    assert allowed not in named.get("/v1/index", headers={"Origin": "https://evil.example"}).headers
