"""The clients of hostile load, with a real server that behaves as the test says."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from benchmarks.hostile.corpus import hostile_requests
from benchmarks.hostile.exchange import Answer, HostileRequest, answers_in, exchange
from benchmarks.hostile.overload import dear_queries
from benchmarks.hostile.prober import longest_ms, probing
from benchmarks.hostile.random_requests import RandomRequests, send_random
from benchmarks.hostile.silent import silent_connections
from benchmarks.load.workload import MAX_CHARS, search_path
from indexer.snapshot.search.fields import MAX_QUERY_CHARS
from search_api.access.http_protocol import MAX_TARGET_BYTES

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'


@contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """Run `serve` in a thread for each connection, and yield the address."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        accepted: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                accepted.append(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in accepted:
            connection.close()


def answer_all(connection: socket.socket) -> None:
    """Answer every request on a connection, until the client closes it."""
    try:
        while received := connection.recv(65536):
            for _ in range(received.count(b"\r\n\r\n")):
                connection.sendall(OK)
    except OSError:
        pass


def test_the_corpus_has_many_requests_each_of_its_own() -> None:
    requests = hostile_requests()
    assert len(requests) >= 50
    assert len({request.name for request in requests}) == len(requests)
    assert len({(request.parts, request.reads, request.half_close, request.wait_s) for request in requests}) == len(
        requests
    )


def test_answers_are_told_apart() -> None:
    refused = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert answers_in(b"") == answers_in(b"no HTTP 200 OK") == []
    assert answers_in(OK + refused + OK) == [Answer(200, len(OK)), Answer(400, len(refused)), Answer(200, len(OK))]


def test_an_exchange_says_what_was_answered_and_how_it_ended() -> None:
    def answer_and_close(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)
        connection.close()

    with serving(answer_and_close) as address:
        done = exchange(address, HostileRequest("one", (b"GET / HTTP/1.1\r\n\r\n",)))
        assert (done.answers, done.ending, done.sent_bytes) == ([Answer(200, len(OK))], "closed", 18)
    with serving(answer_all) as address:
        done = exchange(address, HostileRequest("two", (b"a", b"\r\n\r\n"), pause_s=0.01, wait_s=0.3))
        assert (done.answers, done.ending) == ([Answer(200, len(OK))], "left open")
        assert done.ended_s - done.started_s >= 0.3
        assert exchange(address, HostileRequest("unread", (b"a",), reads=False, wait_s=0.05)).answers == []


def test_the_prober_sees_a_server_that_stands_still() -> None:
    asked, release = threading.Event(), threading.Event()

    def stall_once(connection: socket.socket) -> None:
        for number in range(1_000_000):
            if not connection.recv(65536):
                return
            if number == 20:
                asked.set()
                release.wait(5)
            connection.sendall(OK)

    with serving(stall_once) as address:
        with probing(address) as probes:
            assert asked.wait(10)
            threading.Event().wait(0.3)
            release.set()
        assert all(probe.is_answered for probe in probes)
        assert longest_ms(probes, probes[0].started_s, probes[-1].started_s) >= 290


def test_silent_connections_are_opened_again_when_they_are_closed() -> None:
    opened = []

    def close_the_first_ones(connection: socket.socket) -> None:
        opened.append(connection)
        if len(opened) <= 10:
            threading.Event().wait(0.2)
            connection.close()

    with serving(close_the_first_ones) as address, silent_connections(address, 20) as held:
        threading.Event().wait(1.0)
    assert held.opened == len(opened) == 30
    assert 15 < held.mean <= 20


def test_random_requests_follow_from_their_seed() -> None:
    def rows(seed: int) -> list[tuple[str, bytes]]:
        requests = RandomRequests(["who owns the canal", "معاهدة الدفاع المشترك"], seed)
        return [requests.next() for _ in range(300)]

    assert rows(1) == rows(1) != rows(2)
    assert len({kind for kind, _ in rows(1)}) == 8


def test_every_random_request_is_counted_with_its_answer() -> None:
    with serving(answer_all) as address:
        sent = send_random(address, ["who owns the canal"], n=203, clients=4, seed=7)
    assert sum(sent.kinds.values()) == sum(sent.answers.values()) == 203
    assert sent.answers["200"] > 150


def test_requests_without_an_answer_are_counted_as_such() -> None:
    with serving(lambda connection: connection.close()) as address:
        sent = send_random(address, ["who owns the canal"], n=20, clients=2, seed=7)
    assert sent.answers == {"none": 20}


def test_the_dearest_queries_are_as_long_as_may_be_and_all_different() -> None:
    queries = dear_queries(200)
    assert len(set(queries)) == 200
    assert {len(query.strip()) for query in queries} == {MAX_CHARS} == {MAX_QUERY_CHARS}
    assert all(len(search_path(query)) < MAX_TARGET_BYTES for query in islice(queries, 20))
