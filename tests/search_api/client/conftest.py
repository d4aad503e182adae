"""A live service, and the two clients that ask it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search_api.client.asking import Asks, asks
from tests.service_process import fake_service, free_port, status_of, wait_until

KINDS = ("sync", "async")


@pytest.fixture(scope="session")
def address(fake_store: Path) -> Iterator[str]:
    """Return the address of a service over ARTICLES, in a process of its own."""
    port = free_port()
    with fake_service(fake_store, "--port", str(port)):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: status_of(f"{url}/readyz") == 200, "the service is not ready")
        yield url


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Return which of the two clients a test is for."""
    name: str = request.param
    return name


@pytest.fixture
def ask(kind: str, address: str) -> Iterator[Asks]:
    """Return a client of the live service."""
    client = asks(kind, address)
    yield client
    client.close()
