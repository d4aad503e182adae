"""Raw records of one run: every exchange and every probe, every round, slice, load and pair of pages."""

from dataclasses import dataclass

from benchmarks.hostile.deep import PagePair
from benchmarks.hostile.exchange import Exchange
from benchmarks.hostile.overload import OverloadRun
from benchmarks.hostile.prober import Probe
from benchmarks.hostile.random_requests import RandomSlice
from benchmarks.hostile.servers import ServerLoad
from benchmarks.hostile.silent import SilentRound


@dataclass(frozen=True, slots=True)
class RequestsRun:
    """Every exchange, and the probes that a second client made all the time.

    Before the first exchange it probes a service at rest, from `quiet_from_s` to `quiet_to_s`.
    """

    quiet_from_s: float
    quiet_to_s: float
    exchanges: list[Exchange]
    probes: list[Probe]


@dataclass(frozen=True, slots=True)
class RandomRun:
    """Slices of random requests, the first `warm_up` of which do not count."""

    warm_up: int
    slices: list[RandomSlice]


@dataclass(frozen=True, slots=True)
class Records:
    """One run, or the parts of several runs; None for a part that was never run."""

    requests: RequestsRun | None = None
    silent: list[SilentRound] | None = None
    random: RandomRun | None = None
    overload: OverloadRun | None = None
    deep: list[PagePair] | None = None
    servers: list[ServerLoad] | None = None
