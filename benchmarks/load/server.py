"""The server under load: starting and stopping its process, and reading its CPU time and memory."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil

from benchmarks.harness.errors import BenchmarkError

_POLL_S = 0.01
_READY_WITHIN_S = 300.0
_STOP_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What all processes of a server use together: CPU seconds since their start, memory in bytes.

    `rss_bytes` counts memory that processes share once for each process, `pss_bytes` once in all.
    """

    processes: int
    cpu_s: float
    rss_bytes: int
    pss_bytes: int


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers at `url`; `pid` and `cold_start_s` are None if the benchmark did not start it.

    `cold_start_s` is the time from the start of the process to its first answer that it is ready.
    """

    url: str
    pid: int | None = None
    cold_start_s: float | None = None

    def usage(self) -> Usage | None:
        """Return what the server uses now, or None if the benchmark did not start it."""
        return None if self.pid is None else usage_of(self.pid)


def processes_of(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def usage_of(pid: int) -> Usage:
    """Return what a process and its descendants use."""
    n, cpu, rss, pss = 0, 0.0, 0, 0
    for process in processes_of(pid):
        try:
            times, memory = process.cpu_times(), process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        n, cpu = n + 1, cpu + times.user + times.system
        rss, pss = rss + memory.rss, pss + memory.pss
    return Usage(n, round(cpu, 2), rss, pss)


@contextmanager
def khabar_server(
    store: Path, *, workers: int, cache: bool, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run `khabar serve` on a store during a block, with or without its query cache, and with further settings."""
    port = free_port()
    command = [sys.executable, "-m", "search_api", "serve", "--store", str(store), "--port", str(port)]
    settings = ({} if cache else {"KHABAR_QUERY_CACHE": "0"}) | dict(environment or {})
    with run_server([*command, "--workers", str(workers)], port, "/readyz", log=log, environment=settings) as server:
        yield server


@contextmanager
def run_server(
    command: Sequence[str],
    port: int,
    ready_path: str,
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run a server during a block, which starts when `ready_path` answers 200; its output goes to `log`.

    Raises:
        BenchmarkError: the server ends or is not ready in time; the message has the end of its log.
    """
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            command, stdout=output, stderr=subprocess.STDOUT, env=os.environ | dict(environment or {})
        )
        try:
            while not is_answering(url, ready_path):
                if process.poll() is not None or time.perf_counter() - started > _READY_WITHIN_S:
                    raise BenchmarkError(f"the server did not become ready; its log ends with: {_last_output(log)}")
                time.sleep(_POLL_S)
            yield Server(url, process.pid, round(time.perf_counter() - started, 3))
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def is_answering(url: str, path: str) -> bool:
    """Return whether the server answers a GET request with status 200."""
    try:
        with urlopen(url + path, timeout=10) as response:  # noqa: S310  # http only
            return bool(response.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def free_port() -> int:
    """Return a port on which no process listens at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _last_output(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-800:].strip()
