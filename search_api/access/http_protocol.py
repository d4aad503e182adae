"""HTTP/1.1 with bounds: what is too large or too slow is refused before the application hears of it.

uvicorn bounds neither the target nor the headers of a request with this parser, reads any body, and never closes a
connection that stays silent. Its protocol is a class that can be replaced, so this one adds what is missing.
"""

import asyncio
from asyncio import TimerHandle
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from search_api.errors import MEDIA_TYPE, NO_STORE, problem

MAX_TARGET_BYTES = 16 * 1024
"""Longest target (path and query string) of a request; nginx and others refuse less."""

MAX_HEADER_BYTES = 32 * 1024
"""Most bytes of all names and values of headers together."""

MAX_BODY_BYTES = 64 * 1024
"""Longest body; the longest valid search is a quarter of it."""

REQUEST_DEADLINE_S = 10.0
"""Within this time after its connection or its first byte, a request must have arrived as a whole."""

_LINGER_S = 1.0
"""How long a refused client may go on sending: a connection that is closed at once loses the answer."""

_MAX_LINGER_BYTES = 1024 * 1024

_LAST_REQUEST_S = 0.5
"""How long a connection stays open after the service has begun to stop: a request may be on its way, or lie unread in
the buffers of the system. It is answered, and the answer says that the connection closes."""

_READ_DEADLINE_S = 30.0
"""How long a client may leave an answer unread that does not fit into the buffers between it and the service."""

_MAX_PIPELINED = 16
"""Requests that may wait for the answer to the one before on the same connection."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol for one connection, which refuses with a problem document and closes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what uvicorn gives to a protocol."""
        super().__init__(*args, **kwargs)
        self._refusal: tuple[int, str] | None = None
        self._timer: TimerHandle | None = None
        self._in_head = True
        self._completes = False
        self._received = b""
        self._bytes = self._header_bytes = self._body_bytes = self._lingered_bytes = 0
        self._write_timer: TimerHandle | None = None
        self._answered: RequestResponseCycle | None = None
        """The request that is being answered; `cycle` is the last one of the connection, which may wait behind it."""
        self._stops = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin with the deadline of the first request."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines, and tell the request that is being answered."""
        self._stop_timer()
        self.resume_writing()
        _disconnect(self._answered)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, unless the request is refused already."""
        if self._refusal is not None:
            self._lingered_bytes += len(data)
            if self._lingered_bytes > _MAX_LINGER_BYTES:
                self._abort()
            return
        self._start_timer()
        self._completes = False
        self._received = data
        super().data_received(data)
        self._received = b""
        # The parser keeps a header or a trailer to itself until it is complete, however long it grows.
        self._bytes = 0 if self._completes else self._bytes + len(data)
        if self._refusal is None and self._bytes > (_MAX_HEAD_BYTES if self._in_head else _MAX_BYTES):
            self._refuse(*((431, _LARGE_HEADERS) if self._in_head else (413, _LARGE_BODY)))

    def pause_writing(self) -> None:
        """Give a client that does not read its answers some time."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(_READ_DEADLINE_S, self._abort)

    def resume_writing(self) -> None:
        """Go on, because the client reads."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def on_message_begin(self) -> None:
        """Count from zero for a new request."""
        super().on_message_begin()
        self._in_head = True
        self._header_bytes = self._body_bytes = 0
        self._start_timer()

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        super().on_url(url)
        if len(self.url) > MAX_TARGET_BYTES:
            self._stop_parsing(414, f"the path and the query string have more than {MAX_TARGET_BYTES:,} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEADER_BYTES:
            self._stop_parsing(431, _LARGE_HEADERS)

    def on_headers_complete(self) -> None:
        """Start the request, unless it announces a body that is too long."""
        self._in_head = False
        announced = next((value for name, value in self.headers if name == b"content-length"), b"0")
        if int(announced) > MAX_BODY_BYTES:
            self._stop_parsing(413, _LARGE_BODY)
        if len(self.pipeline) >= _MAX_PIPELINED:
            self._stop_parsing(400, f"more than {_MAX_PIPELINED} requests wait on this connection")
        super().on_headers_complete()
        if not self.pipeline:
            self._answered = self.cycle
        self.cycle.keep_alive = self.cycle.keep_alive and not self._stops

    def on_response_complete(self) -> None:
        """Go on with the request that waits longest."""
        if self.pipeline:
            self._answered = self.pipeline[-1][0]
        super().on_response_complete()

    def shutdown(self) -> None:
        """End the connection with the request that is running, or else with the next one, if it comes soon."""
        self._stops = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(_LAST_REQUEST_S, super().shutdown)
        else:
            super().shutdown()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, which may come without its length."""
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY_BYTES:
            self._stop_parsing(413, _LARGE_BODY)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing more has to arrive in time."""
        self._completes = True
        self._stop_timer()
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete and self.timeout_keep_alive_task is None:
            # It was answered before its body was read; uvicorn has forgotten then that the connection is idle.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's words are not for clients
        """Answer to what could not be parsed, or what a callback above has refused."""
        self._refuse(*(self._refusal or (400, self._what_is_malformed())))

    def _what_is_malformed(self) -> str:
        first_line = self._received.partition(b"\r\n")[0]
        return _NO_HTTP if first_line.isascii() else f"{_NO_HTTP}: {_ENCODE}"

    def _stop_parsing(self, status: int, detail: str) -> None:
        """End the parser's work in one of its callbacks; uvicorn then calls `send_400_response`."""
        self._refusal = (status, detail)
        raise ValueError(detail)

    def _refuse(self, status: int, detail: str) -> None:
        self._refusal = (status, detail)
        self._stop_timer()
        if self.cycle is not None and not self.cycle.response_complete and not self._cancels_answer():
            return
        self.transport.write(_response(status, detail))
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self._timer = self.loop.call_later(_LINGER_S, self.transport.abort)
        else:
            self.transport.close()

    def _cancels_answer(self) -> bool:
        """Cancel the request that is being worked on, if it is the one that is refused and has no answer yet.

        Nothing may be written into or before the answer of another request: that one is the last of its connection.
        """
        if not self.cycle.more_body and not self.pipeline:
            self.cycle.keep_alive = False
            return False
        _disconnect(self.cycle)
        if self.cycle.response_started or self.pipeline:
            self._abort()
            return False
        return True

    def _abort(self) -> None:
        _disconnect(self._answered)
        self.transport.abort()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(REQUEST_DEADLINE_S, self._too_late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        if self._in_head and not self._bytes:  # a browser that connected in advance, or a silent one
            self.transport.close()
        else:
            self._refuse(408, f"the request did not arrive within {REQUEST_DEADLINE_S:g} seconds")


_MAX_HEAD_BYTES = MAX_TARGET_BYTES + MAX_HEADER_BYTES
_MAX_BYTES = _MAX_HEAD_BYTES + 2 * MAX_BODY_BYTES  # the lengths of small chunks may take as much as they have

_NO_HTTP = "this is not a valid HTTP request"
_ENCODE = "letters outside ASCII must be percent-encoded in an address"
_LARGE_HEADERS = f"the headers have more than {MAX_HEADER_BYTES:,} bytes"
_LARGE_BODY = f"the body has more than {MAX_BODY_BYTES:,} bytes"


def _disconnect(cycle: RequestResponseCycle | None) -> None:
    """Tell a request that its client has gone: what the application still says about it goes nowhere."""
    if cycle is not None:
        cycle.disconnected = True
        cycle.message_event.set()


def _response(status: int, detail: str) -> bytes:
    body = bytes(problem(status, detail).body)
    headers = {"Content-Type": MEDIA_TYPE, "Content-Length": len(body), "Connection": "close", **NO_STORE}
    lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
    return STATUS_LINE[HTTPStatus(status)] + f"{lines}\r\n".encode("ascii") + body
