"""The schedule of an open loop, and the result of running it."""

import subprocess
import sys
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import TypeAdapter

from benchmarks.harness.errors import BenchmarkError

Arrivals = Literal["constant", "poisson"]

MAX_CONNECTIONS = 512
TIMEOUT_S = 10.0
_SEED = 20260102


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which paths to request from which server, and when: `rate` requests a second for `seconds`."""

    host: str
    port: int
    paths: list[str]
    rate: float
    seconds: float
    arrivals: Arrivals = "constant"
    max_connections: int = MAX_CONNECTIONS
    timeout_s: float = TIMEOUT_S

    def offsets(self) -> list[float]:
        """Return the intended times, in seconds after the start: rate * seconds of them, ascending.

        Constant arrivals are evenly spaced. Poisson arrivals are independent of each other, as those of users
        are, and drawn with a fixed seed.
        """
        n = round(self.rate * self.seconds)
        if self.arrivals == "constant":
            return [number / self.rate for number in range(n)]
        times = np.random.default_rng(_SEED).uniform(0, self.seconds, n)
        return [float(time) for time in np.sort(times)]


@dataclass(frozen=True, slots=True)
class OpenLoad:
    """The result of running a schedule.

    `latencies_ms` has one entry for each answer with status 200 to 299, from the intended time to
    its last byte; `refused_ms` has one for each answer 503. `lag_ms` is the delay of each request inside
    the generator, before it was handed over to be sent. `errors` counts "connect", "closed" (before the
    answer was complete), "malformed", "timeout" (`timeout_s` after the intended time) and other statuses,
    such as "status 503". `duration_s` is from the first intended time to the last answer.
    """

    rate: float
    arrivals: Arrivals
    sent: int
    connections: int
    duration_s: float
    latencies_ms: list[float]
    lag_ms: list[float]
    errors: dict[str, int]
    refused_ms: list[float] = field(default_factory=list)


def run_open(schedule: Schedule) -> OpenLoad:
    """Run a schedule in a separate process.

    Raises:
        BenchmarkError: the process fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load.open_loop"],
        input=TypeAdapter(Schedule).dump_json(schedule),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"the open-loop generator failed: {done.stderr.decode(errors='replace').strip()}")
    return TypeAdapter(OpenLoad).validate_json(done.stdout)
