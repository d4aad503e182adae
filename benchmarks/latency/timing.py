"""One client that reads the time of each stage that the server reports with every search."""

import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.harness.errors import BenchmarkError


@dataclass(frozen=True, slots=True)
class Timings:
    """One entry for each search, in milliseconds; the server reports all but `http`.

    `http` is the time that the client waits; `total` is the search without HTTP.
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
    """A keep-alive connection that sends one search after the other."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def search(self, path: str, timings: Timings) -> None:
        """Send one search and append its times to `timings`.

        Raises:
            BenchmarkError: the answer is not a search result.
        """
        started = time.perf_counter()
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        content = response.read()
        waited = 1000 * (time.perf_counter() - started)
        if response.status != 200:
            raise BenchmarkError(f"{path} has status {response.status}: {content[:200]!r}")
        timing = json.loads(content)["timing_ms"]
        timings.http.append(round(waited, 3))
        for stage in ("encode", "search", "fetch", "total"):
            getattr(timings, stage).append(timing[stage])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def time_searches(url: str, paths: Sequence[str]) -> Timings:
    """Send all searches, one after the other."""
    return time_in_turns(url, [paths])[0]


def time_in_turns(url: str, variants: Sequence[Sequence[str]]) -> list[Timings]:
    """Send the n-th search of each variant, then the next of each, and return the timings of each variant.

    Variants alternate so that other activity of the machine affects all of them alike.
    """
    timings = [Timings.empty() for _ in variants]
    client = TimedClient(url)
    try:
        for paths in zip(*variants, strict=True):
            for path, some in zip(paths, timings, strict=True):
                client.search(path, some)
    finally:
        client.close()
    return timings
