"""One client that reads the time of each stage that the server reports with every search."""

import http.client
import json
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.harness.errors import BenchmarkError
from indexer.snapshot.search.search import TIMED_STAGES


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


def time_in_turns(url: str, variants: Sequence[Sequence[str]]) -> list[Timings]:
    """Send the n-th search of each variant, then the next of each, and return the timings of each variant.

    Variants alternate so that other activity of the machine affects all of them alike.

    Raises:
        BenchmarkError: an answer is not a search result.
    """
    timings = [Timings([], [], [], [], []) for _ in variants]
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        for paths in zip(*variants, strict=True):
            for path, some in zip(paths, timings, strict=True):
                _time_search(connection, path, some)
    return timings


def _time_search(connection: http.client.HTTPConnection, path: str, timings: Timings) -> None:
    """Send one search and append its times to `timings`."""
    started = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    content = response.read()
    waited = 1000 * (time.perf_counter() - started)
    if response.status != 200:
        raise BenchmarkError(f"{path} has status {response.status}: {content[:200]!r}")
    timing = json.loads(content)["timing_ms"]
    timings.http.append(round(waited, 3))
    for stage in TIMED_STAGES:
        getattr(timings, stage).append(timing[stage])
