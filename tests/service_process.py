"""The service in a process or a thread of its own, for tests that need real sockets."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from search_api.access.http_protocol import BoundedHttpProtocol


@contextmanager
def running_service(
    khabar: Sequence[str], store: Path, *options: str, cwd: Path, env: Mapping[str, str] | None = None
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
