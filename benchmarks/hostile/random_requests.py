"""Random requests, valid and not, on connections that are kept: whatever is sent, the service must not grow.

The requests follow from a seed. Each client is a coroutine with a connection, which sends its next request when it has
the answer to the last one, and opens a new connection where the service has closed it.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httptools
import uvloop

_HOST = b"Host: localhost\r\n"
_ANSWER_WITHIN_S = 30.0
_READ_BYTES = 2**16

_FIELDS = (
    "k",
    "offset",
    "language",
    "query_language",
    "source",
    "published_from",
    "published_to",
    "group",
    "tag",
    "author",
    "since",
    "facets",
)
_ODD = (
    "",
    "0",
    "-1",
    "101",
    "9" * 30,
    "en",
    "en,ar",
    "fr-CA",
    "\x00",
    "\ufdfa" * 50,
    "2023-08-23",
    "0000-00-00",
    "none",
    "-",
    '"',
    '-"a,b",c',
    "7d",
    "source,day",
)

_UNFRAMED = ("faulty header", "no HTTP")
"""Kinds of requests that may be several ones by chance, whose answers would be taken for those of later requests."""


@dataclass(frozen=True, slots=True)
class RandomSlice:
    """A part of a run: its requests by kind, its answers by status ("none" without one), its time, and memory after it.

    `rss_bytes` is the resident memory of all processes of the service.
    """

    seed: int
    kinds: dict[str, int]
    answers: dict[str, int]
    duration_s: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What one process has sent and received."""

    kinds: dict[str, int]
    answers: dict[str, int]
    duration_s: float


def send_random(address: tuple[str, int], texts: Sequence[str], *, n: int, clients: int, seed: int) -> Sent:
    """Send `n` random requests over `clients` connections, and count them and their answers."""
    return uvloop.run(_send_all(address, texts, n=n, clients=clients, seed=seed))


class RandomRequests:
    """An endless row of random requests; equal seeds give equal rows."""

    def __init__(self, texts: Sequence[str], seed: int) -> None:
        """Take real queries, parts of which are sent."""
        self._texts = texts
        self._rng = random.Random(seed)  # noqa: S311  # not a secret; the row must be repeatable
        self._makers: dict[str, Callable[[], bytes]] = {
            "search": self._search,
            "faulty search": self._faulty_search,
            "posted search": self._posted_search,
            "faulty body": self._faulty_body,
            "article": self._article,
            "other path": self._other_path,
            "faulty header": self._faulty_header,
            "no HTTP": self._no_http,
        }
        self._weights = (40, 15, 15, 10, 8, 6, 3, 3)

    def next(self) -> tuple[str, bytes]:
        """Return the kind of the next request and its bytes."""
        (kind,) = self._rng.choices(list(self._makers), self._weights)
        return kind, self._makers[kind]()

    def _text(self) -> str:
        """Return a few words of a real query, so that hardly any two requests are equal."""
        words = f"{self._rng.choice(self._texts)} {self._rng.choice(self._texts)}".split()
        return " ".join(self._rng.sample(words, self._rng.randint(1, len(words))))[:1_000]

    def _search(self) -> bytes:
        k, offset = self._rng.randint(1, 20), self._rng.choice((0, 0, 0, 10, 100))
        language = self._rng.choice(("", "&language=en", "&language=ar", "&group=story", "&published_from=2015-01-01"))
        return _get(f"/v1/search?q={quote(self._text())}&k={k}&offset={offset}{language}")

    def _faulty_search(self) -> bytes:
        pairs = [
            f"{self._rng.choice((*_FIELDS, 'q', 'x'))}={quote(self._rng.choice(_ODD))}"
            for _ in range(self._rng.randint(1, 20))
        ]
        return _get(f"/v1/search?q={quote(self._text())}&{'&'.join(pairs)}")

    def _posted_search(self) -> bytes:
        return _post(json.dumps({"q": self._text(), "k": self._rng.randint(1, 20)}).encode())

    def _faulty_body(self) -> bytes:
        whole = bytearray(json.dumps({"q": self._text(), self._rng.choice(_FIELDS): self._rng.choice(_ODD)}).encode())
        for _ in range(self._rng.randint(0, 4)):
            whole[self._rng.randrange(len(whole))] = self._rng.randrange(256)
        return _post(bytes(whole))

    def _article(self) -> bytes:
        return _get(f"/v1/articles/{quote(self._text())}")

    def _other_path(self) -> bytes:
        known = ("/", "/healthz", "/readyz", "/v1/index", "/v1/alerts", "/web/search.js", "/openapi.json")
        return _get(self._rng.choice((*known, f"/{quote(self._text())}")))

    def _faulty_header(self) -> bytes:
        value = bytes(self._rng.randrange(256) for _ in range(self._rng.randint(0, 300)))
        return b"GET /healthz HTTP/1.1\r\n" + _HOST + b"X-A: " + value + b"\r\n\r\n"

    def _no_http(self) -> bytes:
        return self._rng.randbytes(self._rng.randint(1, 300)) + b"\r\n\r\n"


async def _send_all(address: tuple[str, int], texts: Sequence[str], *, n: int, clients: int, seed: int) -> Sent:
    kinds, answers, started = Counter[str](), Counter[str](), time.perf_counter()
    shares = [n // clients + (number < n % clients) for number in range(clients)]
    async with asyncio.TaskGroup() as group:
        for number, share in enumerate(shares):
            requests = RandomRequests(texts, seed * 1_000 + number)
            group.create_task(_Client(address).send(requests, share, kinds, answers))
    return Sent(dict(kinds), dict(answers), round(time.perf_counter() - started, 3))


class _Client:
    """One client and its connection; also what the parser of answers calls."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._is_complete = False

    def on_message_complete(self) -> None:
        self._is_complete = True

    async def send(self, requests: RandomRequests, n: int, kinds: Counter[str], answers: Counter[str]) -> None:
        for _ in range(n):
            kind, content = requests.next()
            kinds[kind] += 1
            try:
                async with asyncio.timeout(_ANSWER_WITHIN_S):
                    answers[await self._exchange(content)] += 1
                if kind in _UNFRAMED:
                    self._close()
            except (OSError, httptools.HttpParserError):
                answers["none"] += 1
                self._close()
        self._close()

    async def _exchange(self, content: bytes) -> str:
        """Send a request and return the status of its answer, or "none"."""
        if self._writer is None or self._reader is None or self._reader.at_eof():
            self._close()
            self._reader, self._writer = await asyncio.open_connection(*self._address)
        self._writer.write(content)
        parser, self._is_complete = httptools.HttpResponseParser(self), False
        while not self._is_complete:
            received = await self._reader.read(_READ_BYTES)
            if not received:
                self._close()
                return "none"
            parser.feed_data(received)
        if not parser.should_keep_alive():
            self._close()
        return str(parser.get_status_code())

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\n".encode() + _HOST + b"\r\n"


def _post(body: bytes) -> bytes:
    head = b"POST /v1/search HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    return head + _HOST + b"\r\n" + body
