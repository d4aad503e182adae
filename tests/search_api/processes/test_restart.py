"""Restarts and stops that no client notices: with a socket of systemd, and after a time of draining."""

import signal
import socket
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path

import httpx
import psutil
import pytest

from tests.service_process import fake_service, free_port, status_of, wait_until

pytestmark = pytest.mark.slow  # real processes

SEARCH = "/v1/search?q=canal"
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Client(threading.Thread):
    """Searches until the end, over one connection for as long as the service keeps it, or a new one each time."""

    def __init__(self, port: int, *, keeps_connection: bool) -> None:
        super().__init__()
        self._port, self._keeps_connection = port, keeps_connection
        self.answered = 0
        self.failures: list[str] = []
        self.ends = False

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self.ends:
            try:
                connection.request("GET", SEARCH)
                response = connection.getresponse()
                response.read()
                if response.status == 200:
                    self.answered += 1
                else:
                    self.failures.append(str(response.status))
                if not self._keeps_connection:
                    connection.close()
            except (OSError, HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            time.sleep(0.01)
        connection.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_restart_refuses_nobody(fake_store: Path, workers: int) -> None:
    """The socket stays open between two processes, as that of khabar.socket does, and connections wait in it."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        port = server.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        clients = [Client(port, keeps_connection=number % 2 == 0) for number in range(6)]
        for start in range(3):
            with fake_service(fake_store, "--workers", str(workers), passed=server) as process:
                if start == 0:
                    wait_until(lambda: status_of(f"{address}/readyz") == 200, "the service does not answer")
                    for client in clients:
                        client.start()
                before = [client.answered for client in clients]
                wait_until(
                    lambda: all(client.answered > n + 20 for client, n in zip(clients, before, strict=True)),  # noqa: B023
                    "clients are not answered",
                    120,
                )
                if start == 2:
                    for client in clients:
                        client.ends = True
                        client.join()
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=60) == 0
    assert [client.failures for client in clients] == [[]] * len(clients)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_draining_service_is_not_ready_but_answers(fake_store: Path, workers: int) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    options = ("--port", str(port), "--workers", str(workers))
    with fake_service(fake_store, *options, env={"KHABAR_DRAIN_S": "300"}) as process:
        wait_until(lambda: status_of(f"{address}/readyz") == 200, "the service does not answer")
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: status_of(f"{address}/readyz") == 503, "it still says that it is ready")
        answer = httpx.get(f"{address}/readyz")
        assert answer.json()["detail"] == "the service is stopping"
        assert httpx.head(f"{address}/readyz").status_code == 503
        assert status_of(f"{address}{SEARCH}") == 200
        assert status_of(f"{address}/healthz") == 200
        if workers == 1:
            process.send_signal(signal.SIGTERM)  # who asks twice does not want to wait
            assert process.wait(timeout=60) == 0
        else:
            for child in psutil.Process(process.pid).children():
                child.kill()


def test_a_drain_ends_by_itself(fake_store: Path) -> None:
    port = free_port()
    with fake_service(fake_store, "--port", str(port), env={"KHABAR_DRAIN_S": "0.5"}) as process:
        wait_until(lambda: status_of(f"http://127.0.0.1:{port}/readyz") == 200, "the service does not answer")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_a_request_that_is_on_its_way_when_the_service_stops_is_answered(fake_store: Path) -> None:
    """A connection without a request is idle, and the service cannot know that a request follows at once."""
    address = ("127.0.0.1", free_port())
    with fake_service(fake_store, "--port", str(address[1])) as process:
        wait_until(lambda: status_of(f"http://127.0.0.1:{address[1]}/readyz") == 200, "no answer")
        with socket.create_connection(address, timeout=60) as client:
            assert answer_on(client).status == 200
            process.send_signal(signal.SIGTERM)
            wait_until(lambda: is_refused(address), "it still listens")
            answer = answer_on(client)
            assert (answer.status, answer.getheader("connection")) == (200, "close")
        assert process.wait(timeout=60) == 0


def answer_on(client: socket.socket) -> HTTPResponse:
    """Send a request on an open connection, and read its whole answer: headers and body may come one by one."""
    client.sendall(REQUEST)
    with HTTPResponse(client) as answer:
        answer.begin()
        answer.read()
        return answer


def is_refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except ConnectionRefusedError:
        return True
    return False
