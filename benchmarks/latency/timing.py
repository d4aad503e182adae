"""One client that reads where the server says the time of each search went."""

import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.latency.closed_loop import LoadError


@dataclass(frozen=True, slots=True)
class Timings:
    """One entry for each search, in milliseconds; the last four are the server's own.

    `http` is what a simple client waits; `total` is the search without HTTP.
    """

    http: list[float]
    encode: list[float]
    search: list[float]
    fetch: list[float]
    total: list[float]

    @classmethod
    def empty(cls) -> "Timings":
        """Return timings of no search."""
        return cls([], [], [], [], [])


class TimedClient:
    """A keep-alive connection that asks one search after the other."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def ask(self, path: str, into: Timings) -> None:
        """Ask one search and note its times.

        Raises:
            LoadError: the answer is not a search result.
        """
        started = time.perf_counter()
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        content = response.read()
        waited = 1000 * (time.perf_counter() - started)
        if response.status != 200:
            raise LoadError(f"{path} is answered with status {response.status}: {content[:200]!r}")
        timing = json.loads(content)["timing_ms"]
        into.http.append(round(waited, 3))
        for stage in ("encode", "search", "fetch", "total"):
            getattr(into, stage).append(timing[stage])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def ask_all(url: str, paths: Sequence[str]) -> Timings:
    """Ask all searches, one after the other."""
    return ask_in_turns(url, [paths])[0]


def ask_in_turns(url: str, variants: Sequence[Sequence[str]]) -> list[Timings]:
    """Ask the n-th search of each variant, then the next of each, and return the timings of each variant.

    In turns, so that whatever else happens on the machine meets all variants alike.
    """
    timings = [Timings.empty() for _ in variants]
    client = TimedClient(url)
    try:
        for paths in zip(*variants, strict=True):
            for path, into in zip(paths, timings, strict=True):
                client.ask(path, into)
    finally:
        client.close()
    return timings
