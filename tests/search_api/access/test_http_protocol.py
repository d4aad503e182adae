"""Bounds of requests, over real sockets: uvicorn with khabar's protocol in a thread."""

import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from search_api.access import http_protocol
from search_api.access.http_protocol import MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_TARGET_BYTES
from search_api.app import create_app
from search_api.settings import Settings
from tests.service_process import service_in_thread

SEARCH = b"GET /v1/search?q=canal&k=1 HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def port(fake_store: Path) -> Iterator[int]:
    """Yield the port of a running service."""
    with service_in_thread(create_app(Settings(store=fake_store))) as port:
        yield port


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up requests after half a second; each one reads the deadline when it begins."""
    monkeypatch.setattr(http_protocol, "REQUEST_DEADLINE_S", 0.5)


def exchange(port: int, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Send some bytes, and return everything that comes back until the service closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause_s)
        answer = b""
        while more := connection.recv(65536):
            answer += more
        return answer


def problem_of(answer: bytes) -> tuple[int, dict[str, Any]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"cache-control: no-store" in head
    content = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {content['status']} ".encode())
    return content["status"], content


CLOSE = b"Connection: close\r\n\r\n"
TARGET = b"GET /v1/search?q=" + b"a" * MAX_TARGET_BYTES
HEADER = SEARCH + b"X-Long: " + b"a" * MAX_HEADER_BYTES
MANY_HEADERS = SEARCH + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(33))
POST = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LENGTH = POST + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
CHUNK = b"%x\r\n%s\r\n" % (MAX_BODY_BYTES + 1, b" " * (MAX_BODY_BYTES + 1))
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (TARGET + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (TARGET, 414),
        (HEADER + b"\r\n\r\n", 431),
        (HEADER + b"a" * MAX_TARGET_BYTES, 431),  # a header that never ends
        (MANY_HEADERS + b"\r\n", 431),
        (LENGTH, 413),
        (CHUNKED, 413),
        (b"\x16\x03\x01\x02\x00", 400),  # TLS
    ],
)
def test_what_is_too_large_is_refused_with_a_problem_document(port: int, request_bytes: bytes, status: int) -> None:
    assert problem_of(exchange(port, request_bytes))[0] == status


@pytest.mark.parametrize("parts", [1, 2])
def test_letters_in_an_address_must_be_percent_encoded(port: int, parts: int) -> None:
    line = "GET /v1/search?q=الإرهاب HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    sent = [line] if parts == 1 else [line[:10], line[10:]]
    status, problem = problem_of(exchange(port, *sent, pause_s=0.05))
    expected = "this is not a valid HTTP request: letters outside ASCII must be percent-encoded in an address"
    assert (status, problem["detail"]) == (400, expected)
    malformed = problem_of(exchange(port, b"GET  HTTP/1.1 no\r\n\r\n"))[1]
    assert malformed["detail"] == "this is not a valid HTTP request"


def test_a_client_that_is_still_sending_gets_the_answer(port: int) -> None:
    body = b" " * (MAX_BODY_BYTES + 1)
    assert problem_of(exchange(port, LENGTH, *[body] * 5, pause_s=0.02))[0] == 413


def test_a_client_that_sends_on_and_on_is_cut_off(port: int) -> None:
    with pytest.raises(OSError, match=r"reset|[Bb]roken"):
        exchange(port, LENGTH, *[b" " * 2**20] * 50)


def test_requests_of_the_largest_size_are_answered(port: int) -> None:
    padding = b"X-Long: " + b"a" * (MAX_HEADER_BYTES - 100) + b"\r\n"
    assert exchange(port, SEARCH + padding + CLOSE).startswith(b"HTTP/1.1 200 ")
    body = json.dumps({"q": "canal"}).encode().ljust(MAX_BODY_BYTES)
    head = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert exchange(port, head, body[:1000], body[1000:], pause_s=0.05).startswith(b"HTTP/1.1 200 ")


@pytest.mark.usefixtures("_impatient")
def test_a_silent_connection_is_closed_without_a_word(port: int) -> None:
    started = time.monotonic()
    assert exchange(port) == b""
    assert time.monotonic() - started >= 0.4


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("begun", [SEARCH, POST + b"Content-Length: 100\r\n\r\n{", b"GET /v1"])
def test_a_request_that_does_not_arrive_is_given_up(port: int, begun: bytes) -> None:
    status, problem = problem_of(exchange(port, begun))
    assert status == 408
    assert problem["detail"] == "the request did not arrive within 0.5 seconds"


def test_a_second_request_on_a_connection_has_bounds_of_its_own(port: int) -> None:
    answer = exchange(port, SEARCH + b"\r\n", SEARCH + CLOSE, pause_s=0.3)
    assert answer.count(b"HTTP/1.1 200 ") == 2
    first, _, second = exchange(port, SEARCH + b"\r\n", HEADER + b"\r\n\r\n", pause_s=0.3).partition(b"HTTP/1.1 431")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert b"the headers have more than 32,768 bytes" in second


@pytest.mark.usefixtures("_impatient")
def test_a_second_request_that_does_not_arrive_is_given_up(port: int) -> None:
    late = exchange(port, SEARCH + b"\r\n", b"GET /", pause_s=0.3)
    assert late.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in late


def test_a_trailer_that_never_ends_is_refused(port: int) -> None:
    begun = POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Long: "
    with pytest.raises(OSError, match=r"reset|[Bb]roken"):
        exchange(port, begun, *[b"a" * 2**18] * 50)


def test_an_answer_before_the_body_leaves_no_connection_open(port: int) -> None:
    """The route that is posted to does not exist, so nobody reads the body; uvicorn closes idle connections."""
    begun = b"POST /absent HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
    answer = exchange(port, begun, b"abcde", pause_s=0.2)  # fails with a timeout where nothing closes the connection
    assert answer.count(b"HTTP/1.1 404 ") == 1


def test_requests_one_behind_the_other_are_all_answered(port: int) -> None:
    large = json.dumps({"q": "canal"}).encode().ljust(50_000)
    post = POST + b"Content-Length: %d\r\n\r\n%s" % (len(large), large)
    answer = exchange(port, post + SEARCH[:20], SEARCH[20:] + CLOSE, pause_s=0.3)
    assert answer.count(b"HTTP/1.1 200 ") == 2


def test_a_faulty_request_does_not_take_the_answer_of_the_one_before(port: int) -> None:
    answer = exchange(port, SEARCH + b"\r\n" + b"nonsense\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 400 " not in answer


def test_not_every_number_of_requests_may_wait_on_a_connection(port: int, caplog: pytest.LogCaptureFixture) -> None:
    answer = b""
    with suppress(ConnectionResetError):
        answer = exchange(port, (SEARCH + b"\r\n") * 500)
    assert answer.count(b"HTTP/1.1 200 ") < 100
    time.sleep(0.3)  # the first request ends
    assert "Exception" not in caplog.text  # strangers could fill the log with its traceback


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\n" + CLOSE, 400),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n" + CLOSE, 400),
        (b"GET /healthz HTTP/1.0\r\n" + CLOSE, 200),  # it knew no header Host
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + CLOSE, 200),
    ],
)
def test_a_request_names_its_host_once(port: int, request_bytes: bytes, status: int) -> None:
    answer = exchange(port, request_bytes)
    if status == 400:
        assert problem_of(answer)[1]["detail"].startswith("Host: a request has one, and this one has ")
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


@pytest.fixture(scope="module")
def large_port() -> Iterator[int]:
    """Yield the port of an application whose answer fits into no buffer between it and a client."""
    app = FastAPI()

    @app.get("/")
    async def large() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(64):
                yield b"a" * 2**18

        return StreamingResponse(chunks())

    with service_in_thread(app) as port:
        yield port


def read_large_answer(port: int, *, first_after_s: float) -> int:
    """Ask for the large answer, read it slowly after some time, and return its number of bytes."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**16)
        client.settimeout(10)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + CLOSE)
        time.sleep(first_after_s)
        n_bytes = 0
        while more := client.recv(2**20):
            n_bytes += len(more)
            time.sleep(0.005)
        return n_bytes


def test_a_client_that_does_not_read_its_answer_is_given_up(large_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "_READ_DEADLINE_S", 0.2)
    assert 0 < read_large_answer(large_port, first_after_s=1.0) < 2**24  # what had left the service by then


def test_a_client_that_reads_slowly_gets_its_answer(large_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pauses count, not the time that the whole answer takes."""
    monkeypatch.setattr(http_protocol, "_READ_DEADLINE_S", 0.5)
    started = time.monotonic()
    assert read_large_answer(large_port, first_after_s=0.1) > 2**24
    assert time.monotonic() - started > 0.5
