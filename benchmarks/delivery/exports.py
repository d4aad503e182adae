"""Exports of many hits, and what the service uses meanwhile."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psutil

from benchmarks.delivery.records import ExportRound
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.resident_memory import resident_memory
from benchmarks.load.server import Server
from benchmarks.load.workload import search_path

FORMATS = ("csv", "jsonl")
AT_ONCE, SLOWLY, GOES_AWAY = "reads at once", "reads slowly", "goes away"

_SAMPLE_S = 0.005
_SLOW_BYTES, _SLOW_S = 64 * 1024, 0.02
_SETTLES_S = 2.0


def measure_exports(server: Server, text: str, rows: int, rounds: int) -> list[ExportRound]:
    """Return every export of a query's paragraphs in each format and with each kind of client."""
    return [
        _export(server, text, rows, name, read, number)
        for number in range(rounds)
        for name in FORMATS
        for read in (AT_ONCE, SLOWLY, GOES_AWAY)
    ]


def _export(server: Server, text: str, rows: int, name: str, read: str, number: int) -> ExportRound:
    if server.pid is None:
        raise BenchmarkError("the service must be one that this benchmark has started")
    process = psutil.Process(server.pid)
    files = _open_files(process)
    with _watched_memory(server.pid) as grown:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        started = time.perf_counter()
        connection.request("GET", search_path(text, k=str(rows), group="none", format=name))
        response = connection.getresponse()
        content = [response.read(1)]
        first_byte_s = time.perf_counter() - started
        content.extend(_rest(response, read))
        total_s = time.perf_counter() - started
        connection.close()
    body = b"".join(content)
    n_rows = body.count(b"\n")
    if read != GOES_AWAY and n_rows < rows:
        raise BenchmarkError(f"the export has {n_rows:,} lines, fewer than {rows:,}: take a store with more paragraphs")
    time.sleep(_SETTLES_S)
    left = _open_files(process) - files
    return ExportRound(name, read, number, n_rows, len(body), first_byte_s, total_s, max(grown), left)


def _rest(response: http.client.HTTPResponse, read: str) -> Iterator[bytes]:
    if read == GOES_AWAY:
        return
    while piece := response.read(_SLOW_BYTES if read == SLOWLY else 1 << 20):
        yield piece
        if read == SLOWLY:
            time.sleep(_SLOW_S)


@contextmanager
def _watched_memory(pid: int) -> Iterator[list[int]]:
    """Yield a list that is filled, during the block, with by how many bytes the process's own memory has grown."""
    before = resident_memory(pid).own_bytes
    grown, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(_SAMPLE_S):
            grown.append(resident_memory(pid).own_bytes - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        ended.set()
        thread.join()


def _open_files(process: psutil.Process) -> int:
    n_files: int = process.num_fds()
    return n_files
