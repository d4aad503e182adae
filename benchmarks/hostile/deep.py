"""Deep pages beside first pages of the same queries, one request after the other."""

import http.client
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.workload import search_path

DEEP_OFFSET = 990
"""The tenth hit after it is the thousandth."""

_GROUP = "none"
"""Every paragraph is a hit, so that a small corpus has deep pages too."""


@dataclass(frozen=True, slots=True)
class PagePair:
    """Milliseconds of the first page of a query and of a deep one, and the hits on the deep one."""

    first_ms: float
    deep_ms: float
    deep_hits: int


def page_pairs(address: tuple[str, int], texts: Sequence[str]) -> list[PagePair]:
    """Ask for a first and a deep page of each query; every second query has the deep page first.

    Raises:
        BenchmarkError: a page is refused.
    """
    pairs = []
    with closing(http.client.HTTPConnection(*address, timeout=60)) as connection:
        for number, text in enumerate(texts):
            first = search_path(text, k="10", group=_GROUP)
            deep = search_path(text, k="10", group=_GROUP, offset=str(DEEP_OFFSET))
            timed = {path: _timed(connection, path) for path in ((first, deep) if number % 2 else (deep, first))}
            pairs.append(PagePair(timed[first][0], timed[deep][0], timed[deep][1].count(b'"rank":')))
    return pairs


def _timed(connection: http.client.HTTPConnection, path: str) -> tuple[float, bytes]:
    started = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != http.client.OK:
        raise BenchmarkError(f"a page was refused with {response.status}: {body[:200]!r}")
    return round(1000 * (time.perf_counter() - started), 3), body
