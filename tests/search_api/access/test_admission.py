"""What a client no longer waits for is not done, whatever it asked for."""

import socket
import threading
import time
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, Response

from search_api.app import create_app
from search_api.routes import alerts, articles
from search_api.settings import Settings
from tests.service_process import service_in_thread


def ask(port: int, path: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return connection


@pytest.mark.parametrize("path", ["/v1/articles/en-moon", "/v1/alerts"])
def test_a_client_that_has_gone_leaves_no_work(fake_store: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    release, begun = threading.Event(), []

    def slow(*_arguments: object) -> Response:
        begun.append(threading.current_thread().name)
        assert release.wait(10)
        return JSONResponse({})

    monkeypatch.setattr(articles, "_article", slow)
    monkeypatch.setattr(alerts, "_alerts", slow)
    app = create_app(Settings(store=fake_store, threads=1, max_wait_s=10))
    with service_in_thread(app) as port, ask(port, path) as first:
        while not begun:
            time.sleep(0.01)
        with ask(port, path) as ready:  # it waits for the thread already
            time.sleep(0.2)
            ask(port, path).close()
            with ask(port, path) as last:
                time.sleep(0.2)
                release.set()
                assert all(each.recv(100).startswith(b"HTTP/1.1 200 ") for each in (first, ready, last))
    assert len(begun) == 3
