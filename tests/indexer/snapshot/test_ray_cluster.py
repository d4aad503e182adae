"""A cluster that cannot be reached, or does not take this machine, is told in one line."""

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from indexer.snapshot.errors import UsageError
from indexer.snapshot.ray_cluster import connect_ray

ray = pytest.importorskip("ray")


@pytest.fixture
def listener() -> Iterator[str]:
    """The address of something that listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[Any]:
    calls: list[Any] = []

    def init(**options: Any) -> None:
        calls.append(options["address"])
        raise error

    monkeypatch.setattr(ray, "init", init)
    return calls


def test_without_ray_the_option_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'khabar\[ray\]'"):
        connect_ray(None)


def test_an_address_where_nothing_listens_is_not_tried_for_minutes(
    listener: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = fail_with(monkeypatch, ConnectionError("no"))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(UsageError, match=f"nothing answers at {address}: Connection refused"):
        connect_ray(address)
    with pytest.raises(UsageError, match=r"nothing answers at no-such-host\.invalid:6379"):
        connect_ray("no-such-host.invalid:6379")
    assert not tried
    with pytest.raises(UsageError):
        connect_ray(listener)
    assert tried == [listener]


def test_what_listens_but_is_no_cluster_of_this_machine_may_have_another_token(
    listener: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, ConnectionError("Failed to connect\nat length"))
    with pytest.raises(UsageError, match=f"--ray-address: {listener}: Failed to connect; .*RAY_AUTH_TOKEN"):
        connect_ray(listener)
    for address, shown in (("auto", "auto"), (None, "this machine"), ("ray://head:10001", "ray://head:10001")):
        with pytest.raises(UsageError, match=f"--ray-address: {shown}: Failed to connect$"):
            connect_ray(address)


def test_a_token_that_is_missing_is_asked_for(listener: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, ray.exceptions.AuthenticationError("Ensure that"))
    with pytest.raises(UsageError, match="RAY_AUTH_MODE=token"):
        connect_ray(listener)
