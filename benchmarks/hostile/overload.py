"""More of the dearest queries than the service can answer: what it takes on must be answered soon, the rest refused."""

import random
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.closed_loop import ClosedLoad, run_closed
from benchmarks.load.schedule import OpenLoad, Schedule, run_open
from benchmarks.load.workload import MAX_CHARS, search_path
from indexer.snapshot.index.vector_index import usable_cores

TIMES_SUSTAINABLE = 10.0

_N_QUERIES = 2_000
_SEED = 20260104
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"  # the letters of the Arabic alphabet
_WORD_LETTERS = (2, 7)


@dataclass(frozen=True, slots=True)
class OverloadRun:
    """The dearest queries in a closed loop, whose throughput is the sustainable rate, and at ten times that rate."""

    sustainable: ClosedLoad
    overload: OpenLoad


def dear_queries(n: int = _N_QUERIES) -> list[str]:
    """Return `n` different queries of 1,000 characters in Arabic letters, which is the longest that is accepted.

    The words are none, so they have more tokens than real ones, and no cache and no table has them.
    """
    rng = random.Random(_SEED)  # noqa: S311  # not a secret; the queries must be repeatable
    queries = []
    for _ in range(n):
        query = ""
        while len(query) < MAX_CHARS:
            query += "".join(rng.choices(_LETTERS, k=rng.randint(*_WORD_LETTERS))) + " "
        queries.append(query[: MAX_CHARS - 1] + rng.choice(_LETTERS))
    return queries


def overload(url: str, *, seconds: float) -> OverloadRun:
    """Measure the sustainable rate, and then answers and refusals at ten times that rate.

    The sustainable rate is that of as many clients as the service has threads: none of them has to wait.

    Raises:
        BenchmarkError: requests at the sustainable rate were refused.
    """
    paths = [search_path(text) for text in dear_queries()]
    sustainable = run_closed(url, paths, clients=usable_cores(), seconds=seconds)
    if any(sustainable.errors.values()):
        raise BenchmarkError(f"there is no sustainable rate, because requests failed: {sustainable.errors}")
    address = urlsplit(url)
    rate = TIMES_SUSTAINABLE * sustainable.throughput
    schedule = Schedule(address.hostname or "", address.port or 0, paths, rate, seconds, arrivals="poisson")
    return OverloadRun(sustainable, run_open(schedule))
