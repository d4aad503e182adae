"""Server processes that are killed, stopped or hang are replaced, while the others answer."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.service_process import fake_service, free_port, status_of, wait_until

pytestmark = pytest.mark.slow  # several processes


def servers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the numbers of the server processes of a supervisor."""
    found = []
    for child in psutil.Process(process.pid).children():
        with suppress(psutil.Error):  # it has ended
            if "--multiprocessing-fork" in child.cmdline():
                found.append(child.pid)
    return found


@contextmanager
def two_servers(store: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str, set[int]]]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with fake_service(store, "--port", str(port), "--workers", "2", *options) as process:
        wait_until(lambda: status_of(f"{address}/readyz") == 200, "the service does not answer")
        wait_until(lambda: len(servers_of(process)) == 2, "there are no two servers")
        yield process, address, set(servers_of(process))


def search_often(address: str, end: threading.Event, statuses: list[int | None]) -> None:
    """Search with a new connection for each request until the end; None stands for a lost connection."""
    while not end.is_set():
        try:
            statuses.append(httpx.get(f"{address}/v1/search", params={"q": "canal"}, timeout=30).status_code)
        except httpx.TransportError:
            statuses.append(None)
        time.sleep(0.02)


def test_a_killed_server_is_replaced_under_requests(fake_store: Path) -> None:
    """Only the requests that the killed process was working on may be lost."""
    end, statuses = threading.Event(), list[int | None]()
    with two_servers(fake_store) as (process, address, before):
        clients = [threading.Thread(target=search_often, args=(address, end, statuses)) for _ in range(3)]
        for client in clients:
            client.start()
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(set(servers_of(process)) - {victim}) == 2, "it is not replaced")
        after = len(statuses)
        wait_until(lambda: len(statuses) > after + 50, "nobody answers")
        end.set()
        for client in clients:
            client.join()
    assert statuses.count(None) <= len(clients)
    assert set(statuses) <= {200, None}


def test_a_stopped_server_is_replaced(fake_store: Path) -> None:
    with two_servers(fake_store) as (process, address, before):
        victim = min(before)
        os.kill(victim, signal.SIGSTOP)
        wait_until(lambda: len(set(servers_of(process)) - {victim}) == 2, "it is not replaced")
        assert status_of(f"{address}/healthz") == 200


def test_a_server_whose_event_loop_hangs_is_replaced(fake_store: Path) -> None:
    """uvicorn's question is answered by a thread, so the process has to notice it itself."""
    with two_servers(fake_store, "--hang") as (process, address, before):
        with suppress(httpx.TransportError):
            httpx.get(f"{address}/healthz/hang", timeout=30)
        wait_until(lambda: len(servers_of(process)) == 2 and set(servers_of(process)) != before, "it is not replaced")
        assert status_of(f"{address}/healthz") == 200


def test_a_service_without_a_server_that_starts_fails(fake_store: Path) -> None:
    """With status 1: 0 would tell systemd that the service was meant to end."""
    with fake_service(fake_store, "--port", str(free_port()), "--workers", "2", "--fail") as process:
        assert process.wait(timeout=60) == 1
