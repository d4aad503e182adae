"""The counts of the open-loop generator, with a real server that behaves badly on purpose."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from statistics import fmean, pstdev
from threading import Event, Thread

import pytest
import uvloop

from benchmarks.load.open_loop import Driver
from benchmarks.load.schedule import OpenLoad, Schedule, run_open

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Answer = Callable[[int, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def serving(answer: Answer) -> Iterator[int]:
    """Run a server in a thread; `answer` gets the number of the request, from 0."""
    ready, stop, port = Event(), asyncio.Event(), 0
    loop = asyncio.new_event_loop()
    n = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal n
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                number, n = n, n + 1
                await answer(number, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def main() -> None:
        nonlocal port
        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    thread = Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    ready.wait()
    yield port
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    for task in asyncio.all_tasks(loop):
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


async def at_once(_number: int, writer: asyncio.StreamWriter) -> None:
    writer.write(ANSWER)


def schedule(port: int, *, rate: float, seconds: float, connections: int = 512, timeout_s: float = 5) -> Schedule:
    return Schedule("127.0.0.1", port, ["/a", "/b"], rate, seconds, max_connections=connections, timeout_s=timeout_s)


def run(wanted: Schedule) -> OpenLoad:
    return uvloop.run(Driver(wanted).run())


def test_every_request_of_the_schedule_is_sent_and_answered() -> None:
    with serving(at_once) as port:
        load = run(schedule(port, rate=200, seconds=0.5))
    assert (load.sent, len(load.latencies_ms), len(load.lag_ms), load.errors) == (100, 100, 100, {})


def test_latency_of_requests_due_during_a_stall_includes_the_stall() -> None:
    """One connection that the tenth request stalls for 0.4 s, during which 40 more requests are due."""
    stall_s, rate = 0.4, 100

    async def stalls_once(number: int, writer: asyncio.StreamWriter) -> None:
        if number == 10:
            await asyncio.sleep(stall_s)
        writer.write(ANSWER)

    with serving(stalls_once) as port:
        load = run(schedule(port, rate=rate, seconds=1, connections=1))
    assert load.sent == len(load.latencies_ms) == 100
    assert load.connections == 1
    stalled = load.latencies_ms[10]
    assert stalled >= 1000 * stall_s
    # Each request was due a hundredth of a second after the one before, so it waited that much less.
    for later in range(1, 40):
        assert load.latencies_ms[10 + later] >= stalled - 1000 * later / rate - 0.01
    assert sum(load.latencies_ms) >= sum(stalled - 1000 * later / rate for later in range(40))


def test_more_connections_are_opened_while_all_are_busy() -> None:
    async def slow(_number: int, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(ANSWER)

    with serving(slow) as port:
        load = run(schedule(port, rate=100, seconds=0.2))
    assert len(load.latencies_ms) == 20
    assert load.connections == 20


def test_errors_are_counted_by_kind_and_have_no_latency() -> None:
    async def moody(number: int, writer: asyncio.StreamWriter) -> None:
        if number % 3 == 0:
            writer.write(ANSWER)
        elif number % 3 == 1:
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.close()

    with serving(moody) as port:
        load = run(schedule(port, rate=100, seconds=0.3, connections=1))
    assert load.sent == 30
    assert len(load.latencies_ms) == 10
    assert load.errors == {"status 503": 10, "closed": 10}
    assert len(load.refused_ms) == 10
    assert min(load.refused_ms) > 0


def test_a_request_without_answer_times_out_and_so_do_those_behind_it() -> None:
    async def never(_number: int, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)

    with serving(never) as port:
        load = run(schedule(port, rate=50, seconds=0.1, connections=1, timeout_s=0.2))
    assert (load.sent, load.latencies_ms, load.errors) == (5, [], {"timeout": 5})


def test_answer_that_is_not_http_is_malformed() -> None:
    async def nonsense(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(b"what?\r\n\r\n")

    with serving(nonsense) as port:
        load = run(schedule(port, rate=50, seconds=0.1))
    assert (load.latencies_ms, load.errors) == ([], {"malformed": 5})


def test_request_to_a_closed_port_is_counted_as_connect() -> None:
    with serving(at_once) as port:
        pass
    load = run(schedule(port, rate=50, seconds=0.1))
    assert (load.latencies_ms, load.errors) == ([], {"connect": 5})


def test_a_connection_that_the_server_closes_is_replaced() -> None:
    async def once(_number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWER.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))

    with serving(once) as port:
        load = run(schedule(port, rate=100, seconds=0.2, connections=1))
    assert (len(load.latencies_ms), load.errors) == (20, {})


def test_generator_runs_as_a_separate_process() -> None:
    with serving(at_once) as port:
        load = run_open(schedule(port, rate=100, seconds=0.2))
    assert (load.sent, len(load.latencies_ms), load.errors) == (20, 20, {})


def test_constant_arrivals_are_evenly_spaced() -> None:
    assert Schedule("", 0, [], rate=4, seconds=1).offsets() == [0, 0.25, 0.5, 0.75]


def test_poisson_arrivals_are_repeatable_ordered_and_independent() -> None:
    offsets = Schedule("", 0, [], rate=50, seconds=4, arrivals="poisson").offsets()
    assert len(offsets) == 200
    assert offsets == sorted(offsets) == Schedule("", 0, [], rate=50, seconds=4, arrivals="poisson").offsets()
    assert 3.8 < offsets[-1] < 4
    gaps = [later - earlier for earlier, later in pairwise(offsets)]
    # Gaps of a Poisson process are distributed exponentially: their deviation equals their mean.
    assert pstdev(gaps) / fmean(gaps) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("rate", [0.5, 3, 1000])
def test_number_of_requests_is_rate_times_seconds(rate: float) -> None:
    assert len(Schedule("", 0, [], rate=rate, seconds=2).offsets()) == round(rate * 2)
