"""One hostile request over a socket of its own: what is sent, piece by piece, and what comes back."""

import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Ending = Literal["closed", "reset", "left open"]

WAIT_S = 15.0
"""How long an exchange may take; the service gives up requests after 10 seconds."""

_READ_BYTES = 2**16

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3}) [A-Z][A-Za-z' -]*\r\n")


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """Bytes for one connection: `parts` are sent with a pause of `pause_s` between them.

    With `half_close` the client then says that it sends no more, with `reads` false it never reads. It waits for
    `wait_s` at most until the service closes the connection.
    """

    name: str
    parts: tuple[bytes, ...]
    pause_s: float = 0.0
    half_close: bool = False
    reads: bool = True
    wait_s: float = WAIT_S


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status, and its size with headers."""

    status: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of a hostile request; the times are seconds of this machine's monotonic clock."""

    name: str
    sent_bytes: int
    answers: list[Answer]
    ending: Ending
    started_s: float
    ended_s: float


def exchange(address: tuple[str, int], request: HostileRequest) -> Exchange:
    """Send a request and read until the service closes the connection, or until the time of the request is over."""
    started = time.perf_counter()
    received, sent = bytearray(), 0
    with socket.create_connection(address, timeout=WAIT_S) as connection:
        try:
            for number, part in enumerate(request.parts):
                if number:
                    time.sleep(request.pause_s)
                connection.sendall(part)
                sent += len(part)
            if request.half_close:
                connection.shutdown(socket.SHUT_WR)
            ending = _read(connection, received, request, until=started + request.wait_s)
        except OSError:  # refused while it was still sending
            ending = _read_rest(connection, received)
    return Exchange(request.name, sent, answers_in(bytes(received)), ending, started, time.perf_counter())


def answers_in(received: bytes) -> list[Answer]:
    """Return the answers in what a connection has received; bytes before the first status line belong to none."""
    found = list(_STATUS_LINE.finditer(received))
    edges = pairwise([*(match.start() for match in found), len(received)])
    return [Answer(int(match.group(1)), end - start) for match, (start, end) in zip(found, edges, strict=True)]


def _read(connection: socket.socket, received: bytearray, request: HostileRequest, *, until: float) -> Ending:
    while (left := until - time.perf_counter()) > 0:
        if not request.reads:
            time.sleep(left)
            break
        connection.settimeout(left)
        try:
            more = connection.recv(_READ_BYTES)
        except TimeoutError:
            break
        except OSError:
            return "reset"
        if not more:
            return "closed"
        received += more
    return "left open"


def _read_rest(connection: socket.socket, received: bytearray) -> Ending:
    """Read what the service has said before it closed the connection."""
    with suppress(OSError):
        while more := connection.recv(_READ_BYTES):
            received += more
    return "reset"
