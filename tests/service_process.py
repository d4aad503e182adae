"""The service in a process or a thread of its own, for tests that need real sockets."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from search_api.access.http_protocol import BoundedHttpProtocol


@contextmanager
def running_service(
    khabar: Sequence[str], store: Path | str, *options: str, cwd: Path, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run `khabar serve` over a store for the time of a block, and yield its address once it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*khabar, "serve", "--store", str(store), "--port", str(port), *options]
    process = subprocess.Popen(command, cwd=cwd, env=env)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, "the service ended"
            try:
                if httpx.get(f"{address}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()  # does nothing to a process that has ended


@contextmanager
def service_in_thread(app: FastAPI) -> Iterator[int]:
    """Run an application with the server of `khabar serve` for the time of a block, and yield its port."""
    config = uvicorn.Config(app, port=0, http=BoundedHttpProtocol, ws="none", log_config=None, loop="uvloop")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service ended"
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")} | {
    "PYTHONPATH": str(Path(__file__).parent.parent)
}

_PASSER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
"""Passes a socket on as systemd does: as file descriptor 3, with the number of the process that it is for."""


@contextmanager
def fake_service(
    store: Path | str, *options: str, passed: socket.socket | None = None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `tests.serve_fake` for the time of a block, with a listening socket or with `--port` among the options."""
    command = ["-m", "tests.serve_fake", "--store", str(store), *options]
    if passed is not None:
        command = ["-c", _PASSER, str(passed.fileno()), *command]
    files = () if passed is None else (passed.fileno(),)
    process = subprocess.Popen([sys.executable, *command], env={**ENVIRONMENT, **(env or {})}, pass_fds=files)
    try:
        yield process
    finally:
        process.terminate()  # a supervisor ends its processes
        try:
            process.wait(timeout=60)
        finally:
            process.kill()


def free_port() -> int:
    """Return a port that no program listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_until(holds: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Ask again and again until something holds; fail after a time that is long enough for any machine."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def status_of(url: str) -> int | None:
    """Return the status of an answer, or None if there is no answer."""
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return None
