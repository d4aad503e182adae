"""Open loop: requests are sent at fixed times, whether or not earlier ones have been answered.

Users do not wait for each other. A generator that waits for a slow answer before it sends the next
request leaves out exactly the requests that would have been slow (coordinated omission). Here every
request has an intended time, and its latency counts from that time: it includes the time during which
the request could not be sent because all connections were busy.

`python -m benchmarks.load.open_loop` reads a `Schedule` as JSON and writes an `OpenLoad` as JSON. It is
a separate process so that no other work delays it.
"""

import asyncio
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

import httptools
import uvloop
from pydantic import TypeAdapter

from benchmarks.load.schedule import OpenLoad, Schedule

_START_IN_S = 0.1


@dataclass(slots=True)
class _Request:
    """One request, with the time at which it is due."""

    path: str
    due: float


class _Connection(asyncio.Protocol):
    """A keep-alive connection that carries one request at a time."""

    def __init__(self, driver: "Driver") -> None:
        self._driver = driver
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self.request: _Request | None = None
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # cast instead of isinstance: uvloop's transports do not inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: _Request) -> None:
        if self._transport is None:
            raise RuntimeError("not connected yet")
        self.request = request
        self._transport.write(f"GET {request.path} HTTP/1.1\r\nHost: {self._driver.authority}\r\n\r\n".encode("ascii"))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.abort("malformed")

    def on_message_complete(self) -> None:
        now, request, self.request = time.perf_counter(), self.request, None
        keep = self._parser.should_keep_alive()
        status = self._parser.get_status_code()
        if not keep and self._transport is not None:
            self._transport.close()
        if request is not None:
            self._driver.answered(request, now, status)
        if keep:
            self._driver.free(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self.closed = True
        self._driver.lost(self)

    def abort(self, kind: str) -> None:
        """Close the connection and count its request as failed."""
        request, self.request = self.request, None
        if request is not None:
            self._driver.failed(kind)
        if self._transport is not None:
            self._transport.abort()


class Driver:
    """Sends the requests of one schedule and counts their answers and failures."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.authority = f"{schedule.host}:{schedule.port}"
        self._idle: list[_Connection] = []
        self._busy: set[_Connection] = set()
        self._waiting: deque[_Request] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._open = 0
        self._most_open = 0
        self._outstanding = 0
        self._latencies_ms: list[float] = []
        self._refused_ms: list[float] = []
        self._lag_ms: list[float] = []
        self._errors: Counter[str] = Counter()
        self._last = 0.0
        self._bug: BaseException | None = None

    async def run(self) -> OpenLoad:
        """Send each request at its time and wait until every request is answered or has failed."""
        loop, offsets = asyncio.get_running_loop(), self._schedule.offsets()
        start = time.perf_counter() + _START_IN_S
        self._outstanding, self._last = len(offsets), start
        pacer = threading.Thread(target=self._pace, args=(loop, start, offsets), daemon=True)
        pacer.start()
        while self._outstanding:
            await asyncio.sleep(0.02)
            self._expire(time.perf_counter() - self._schedule.timeout_s)
            if self._bug is not None:
                raise self._bug
        pacer.join()
        for connection in [*self._idle, *self._busy]:
            connection.abort("closed")
        return OpenLoad(
            rate=self._schedule.rate,
            arrivals=self._schedule.arrivals,
            sent=len(offsets),
            connections=self._most_open,
            duration_s=round(self._last - start, 6),
            latencies_ms=[round(value, 3) for value in self._latencies_ms],
            lag_ms=[round(value, 3) for value in self._lag_ms],
            errors=dict(self._errors),
            refused_ms=[round(value, 3) for value in self._refused_ms],
        )

    def _pace(self, loop: asyncio.AbstractEventLoop, start: float, offsets: Sequence[float]) -> None:
        """Hand each request over to the event loop at its time.

        This runs in a thread because the event loop's timers have a resolution of a millisecond.
        """
        paths = self._schedule.paths
        for number, offset in enumerate(offsets):
            due = start + offset
            wait = due - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            loop.call_soon_threadsafe(self._begin, _Request(paths[number % len(paths)], due))

    def _begin(self, request: _Request) -> None:
        self._lag_ms.append(1000 * (time.perf_counter() - request.due))
        if self._idle:
            # The connection used last: connections that are not needed stay idle, and the server closes them.
            self._use(self._idle.pop(), request)
            return
        self._waiting.append(request)
        self._grow()

    def _grow(self) -> None:
        """Open one more connection, up to the limit."""
        if self._open < self._schedule.max_connections:
            self._open += 1
            self._most_open = max(self._most_open, self._open)
            task = asyncio.get_running_loop().create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        self._bug = self._bug or task.exception()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._schedule.timeout_s):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self), self._schedule.host, self._schedule.port
                )
        except OSError:  # TimeoutError is an OSError too
            self._open -= 1
            if self._waiting:
                self._waiting.popleft()
                self.failed("connect")
            return
        self.free(connection)

    def _use(self, connection: _Connection, request: _Request) -> None:
        self._busy.add(connection)
        connection.send(request)

    def free(self, connection: _Connection) -> None:
        """Give a free connection the next waiting request."""
        self._busy.discard(connection)
        if connection.closed:
            return
        if self._waiting:
            self._use(connection, self._waiting.popleft())
        else:
            self._idle.append(connection)

    def answered(self, request: _Request, now: float, status: int) -> None:
        """Count a complete answer."""
        if 200 <= status < 300:
            self._latencies_ms.append(1000 * (now - request.due))
        else:
            self._errors[f"status {status}"] += 1
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            self._refused_ms.append(1000 * (now - request.due))
        self._settled()

    def failed(self, kind: str) -> None:
        """Count a request without an answer."""
        self._errors[kind] += 1
        self._settled()

    def lost(self, connection: _Connection) -> None:
        """Remove a closed connection, and count the request on it as failed."""
        self._open -= 1
        if connection.request is not None:
            connection.request = None
            self.failed("closed")
        self._busy.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if self._waiting:
            self._grow()

    def _settled(self) -> None:
        self._outstanding -= 1
        self._last = time.perf_counter()

    def _expire(self, due_before: float) -> None:
        """Abort requests past the time limit, whether they are on a connection or wait for one."""
        for connection in [*self._busy]:
            if connection.request is not None and connection.request.due < due_before:
                connection.abort("timeout")
        while self._waiting and self._waiting[0].due < due_before:
            self._waiting.popleft()
            self.failed("timeout")


def main() -> None:
    """Run the schedule on standard input."""
    schedule = TypeAdapter(Schedule).validate_json(sys.stdin.buffer.read())
    load = uvloop.run(Driver(schedule).run())
    sys.stdout.buffer.write(TypeAdapter(OpenLoad).dump_json(load))


if __name__ == "__main__":
    main()
