"""Closed loop with wrk: each of N clients sends its next request when it has the answer to the last one.

A closed loop shows how many requests a server can serve at once, and how long each client then waits.
It does not show how long users wait who arrive at times of their own choice: `open_loop.py` does.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.statistics import LatencySummary, summarise
from benchmarks.load.workload import write_paths

TIMEOUT_S = 10
"""An answer that takes longer is a timeout in wrk's counts; wrk still waits for it."""

Histogram = tuple[tuple[int, int], ...]
"""Latencies in whole microseconds with their counts, ascending."""


@dataclass(frozen=True, slots=True)
class ClosedLoad:
    """What wrk counted in one run with `clients` connections.

    `requests` are complete answers with any status. `errors` counts connect, read, write, timeout and
    status (above 399); `latencies_us` has one entry for every answer in time.
    """

    clients: int
    duration_s: float
    requests: int
    errors: dict[str, int]
    latencies_us: Histogram

    @property
    def throughput(self) -> float:
        """Good answers a second."""
        return (self.requests - self.errors.get("status", 0)) / self.duration_s

    def latency(self) -> LatencySummary:
        """Return mean and percentiles; the load must have at least one latency."""
        return summarise([(value / 1000, count) for value, count in self.latencies_us])


def total_errors(loads: Iterable[ClosedLoad]) -> dict[str, int]:
    """Return the errors of several loads by kind, without kinds that did not occur."""
    return dict(sum((Counter(load.errors) for load in loads), Counter[str]()))  # a sum drops counts of 0


def check_wrk() -> None:
    """Raise BenchmarkError if wrk is not installed."""
    if shutil.which("wrk") is None:
        raise BenchmarkError("wrk is not installed: apt-get install wrk")


def run_closed(
    url: str, paths: Sequence[str], *, clients: int, seconds: float, headers: Mapping[str, str] | None = None
) -> ClosedLoad:
    """Load the server at `url` (scheme, host and port) for whole seconds, with `headers` in each request.

    Raises:
        BenchmarkError: wrk is not installed or fails, or its result is not valid.
    """
    check_wrk()
    with tempfile.TemporaryDirectory() as folder, as_file(files("benchmarks.load") / "search.lua") as script:
        path_list, result = Path(folder, "paths.txt"), Path(folder, "result.json")
        write_paths(path_list, paths)
        # One thread is enough for thousands of requests a second, and leaves the cores to the server.
        command = ["wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{max(round(seconds), 1)}s"]
        command += ["--timeout", f"{TIMEOUT_S}s", "--script", str(script), url]
        command[1:1] = [part for name, value in (headers or {}).items() for part in ("--header", f"{name}: {value}")]
        environment = os.environ | {"LOAD_PATHS": str(path_list), "LOAD_RESULT": str(result)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode or not result.is_file():
            raise BenchmarkError(f"wrk failed with status {done.returncode}: {(done.stderr or done.stdout).strip()}")
        return parse_result(json.loads(result.read_text(encoding="ascii")), clients)


def parse_result(result: Mapping[str, Any], clients: int) -> ClosedLoad:
    """Return the load that `search.lua` wrote, with measured latencies only.

    Raises:
        BenchmarkError: the number of latencies differs from the number of answers in time.
    """
    duration_us, requests = int(result["duration_us"]), int(result["requests"])
    errors = {kind: int(count) for kind, count in result["errors"].items()}
    histogram = [(int(value), int(count)) for value, count in result["latencies_us"]]
    in_time = requests - errors.get("timeout", 0)
    if _size(histogram) != in_time and requests >= clients:
        histogram = without_added_entries(histogram, duration_us // (requests // clients))
    if _size(histogram) != in_time:
        raise BenchmarkError(
            f"wrk reports {in_time} answers in time but {_size(histogram)} latencies: "
            "this version of wrk does not count as version 4.1.0 does"
        )
    return ClosedLoad(clients, duration_us / 1e6, requests, errors, tuple(histogram))


def without_added_entries(histogram: Iterable[tuple[int, int]], interval_us: int) -> list[tuple[int, int]]:
    """Return a histogram of wrk's without the entries that wrk adds as a correction.

    wrk 4 treats `interval_us`, the mean time of a request on a connection, as the pace at which clients
    meant to send. For each latency L of at least twice the interval it adds entries at L - interval,
    L - 2 * interval and so on, down to the interval. This guess at coordinated omission has no place in
    a closed loop, whose clients wait by definition. An added entry is always smaller than the latency it
    was added for, so the true counts follow from the largest latency downwards.
    """
    counts = Counter(dict(histogram))
    for latency in sorted(counts, reverse=True):
        count = counts[latency]
        if latency < 2 * interval_us:
            break
        for added in range(latency - interval_us, interval_us, -interval_us):
            counts[added] -= count
    return [(latency, count) for latency, count in sorted(counts.items()) if count]


def _size(histogram: Iterable[tuple[int, int]]) -> int:
    return sum(count for _, count in histogram)
