"""Closed loop with wrk: each of N clients sends its next request when it has the answer to the last.

A closed loop tells how much a server can do at once, and what each client then waits. It does not
tell what users wait who come at times of their own choosing: `open_loop.py` does.
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

from benchmarks.latency.workload import write_paths

TIMEOUT_S = 10
"""After so long wrk counts an answer as a timeout; it still waits for it."""

Histogram = tuple[tuple[int, int], ...]
"""Latencies in whole microseconds with their counts, ascending."""


class LoadError(Exception):
    """The load could not be made, or what came of it cannot be trusted."""


@dataclass(frozen=True, slots=True)
class ClosedLoad:
    """What wrk has counted over one run with `clients` connections.

    `requests` are complete answers, whatever their status. `errors` counts connect, read, write,
    timeout and status (above 399); `latencies_us` holds one entry for every answer in time.
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


def check_wrk() -> None:
    """Raise LoadError where wrk is not installed."""
    if shutil.which("wrk") is None:
        raise LoadError("wrk is not installed: apt-get install wrk")


def run_closed(url: str, paths: Sequence[str], *, clients: int, seconds: float) -> ClosedLoad:
    """Load the server at `url` (scheme, host and port) for whole seconds.

    Raises:
        LoadError: wrk is missing, fails, or cannot be understood.
    """
    check_wrk()
    with tempfile.TemporaryDirectory() as folder, as_file(files("benchmarks.latency") / "search.lua") as script:
        listed, result = Path(folder, "paths.txt"), Path(folder, "result.json")
        write_paths(listed, paths)
        # One thread of wrk's own: it does thousands of requests a second, and leaves the cores to the server.
        command = ["wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{max(round(seconds), 1)}s"]
        command += ["--timeout", f"{TIMEOUT_S}s", "--script", str(script), url]
        environment = os.environ | {"LOAD_PATHS": str(listed), "LOAD_RESULT": str(result)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode or not result.is_file():
            raise LoadError(f"wrk failed with status {done.returncode}: {(done.stderr or done.stdout).strip()}")
        return parse_result(json.loads(result.read_text(encoding="ascii")), clients)


def parse_result(result: Mapping[str, Any], clients: int) -> ClosedLoad:
    """Return what `search.lua` wrote, with the latencies that were measured and no others.

    Raises:
        LoadError: there are not as many latencies as answers in time.
    """
    duration_us, requests = int(result["duration_us"]), int(result["requests"])
    errors = {kind: int(count) for kind, count in result["errors"].items()}
    histogram = [(int(value), int(count)) for value, count in result["latencies_us"]]
    in_time = requests - errors.get("timeout", 0)
    if _size(histogram) != in_time and requests >= clients:
        histogram = measured_only(histogram, duration_us // (requests // clients))
    if _size(histogram) != in_time:
        raise LoadError(
            f"wrk reports {in_time} answers in time but {_size(histogram)} latencies: "
            "this version of wrk counts otherwise than 4.1.0"
        )
    return ClosedLoad(clients, duration_us / 1e6, requests, errors, tuple(histogram))


def measured_only(histogram: Iterable[tuple[int, int]], interval_us: int) -> list[tuple[int, int]]:
    """Return a histogram of wrk's without the entries that wrk adds to it.

    wrk 4 takes `interval_us`, the mean time of a request on a connection, for the pace at which
    clients would have liked to send. For each latency L above twice of it, it adds one entry at
    L - interval, L - 2 * interval and so on, as long as they are above the interval. That guess
    is for the open loop to replace: here clients wait by definition. Entries that were added are
    smaller than what they were added for, so from the greatest down every count is known.
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
