"""A second client that asks for /healthz every few milliseconds: its longest wait is how long the service stands still.

It runs in a process of its own, so that the client that sends hostile requests does not delay it.
"""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

INTERVAL_S = 0.005

_TIMEOUT_S = 30.0
_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
_END = b'{"status":"ok"}'


@dataclass(frozen=True, slots=True)
class Probe:
    """One request for /healthz: when it began, in seconds of the monotonic clock, how long it took, and its success."""

    started_s: float
    ms: float
    is_answered: bool


@contextmanager
def probing(address: tuple[str, int]) -> Iterator[list[Probe]]:
    """Probe a service during a block; the list gets all probes at the end of the block."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_probe, args=(theirs, address), daemon=True)
    process.start()
    probes: list[Probe] = []
    try:
        ours.recv()  # it has begun
        yield probes
        ours.send(None)
        probes += ours.recv()
    finally:
        process.kill()
        process.join()
        ours.close()


def longest_ms(probes: Sequence[Probe], from_s: float, to_s: float) -> float:
    """Return the time of the longest probe that ran at any moment between two; 0 if none did."""
    return max(
        (one.ms for one in probes if one.started_s <= to_s and one.started_s + one.ms / 1000 >= from_s), default=0.0
    )


def _probe(pipe: Connection, address: tuple[str, int]) -> None:
    probes, connection = [], None
    pipe.send(None)
    while not pipe.poll():
        started = time.perf_counter()
        try:
            connection = connection or socket.create_connection(address, timeout=_TIMEOUT_S)
            is_answered = _ask(connection)
        except OSError:
            is_answered = False
        if not is_answered and connection is not None:
            connection.close()
            connection = None
        ended = time.perf_counter()
        probes.append(Probe(round(started, 6), round(1000 * (ended - started), 3), is_answered))
        time.sleep(max(0.0, started + INTERVAL_S - ended))
    pipe.send(probes)


def _ask(connection: socket.socket) -> bool:
    connection.sendall(_REQUEST)
    received = b""
    while not received.endswith(_END):
        more = connection.recv(4096)
        if not more:
            return False
        received += more
    return received.startswith(b"HTTP/1.1 200 ")
