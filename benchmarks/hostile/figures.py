"""From raw records to figures, and the limits that they have to keep."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.harness.statistics import MedianWithRange, histogram_of, median_with_range, percentile
from benchmarks.hostile.deep import PagePair
from benchmarks.hostile.exchange import Exchange
from benchmarks.hostile.overload import OverloadRun
from benchmarks.hostile.prober import Probe, longest_ms
from benchmarks.hostile.random_requests import RandomSlice
from benchmarks.hostile.records import RandomRun, Records, RequestsRun
from benchmarks.hostile.servers import OURS, ServerLoad
from benchmarks.hostile.silent import SilentRound

MAX_STALL_MS = 50.0
MAX_ANSWER_BYTES = 64 * 1024
MAX_SILENT_RATIO = 2.0
MAX_GROWTH_BYTES = 20 * 2**20
MAX_ACCEPTED_MS = 1_000.0
MAX_REFUSED_MS = 50.0
MAX_DEEP_RATIO = 5.0

MARGIN_S = 0.05
"""How long after its end an exchange may still be the reason of a stall; many are shorter than the probes' interval."""

_SERVER_ERROR, _REFUSED = 500, 503


@dataclass(frozen=True, slots=True)
class RequestFigures:
    """One hostile request: statuses of its answers, bytes of the largest one, and the longest probe meanwhile."""

    name: str
    sent_bytes: int
    statuses: dict[str, int]
    largest_bytes: int
    ending: str
    stall_ms: float


@dataclass(frozen=True, slots=True)
class RequestsFigures:
    """All hostile requests. `quiet_ms` is the longest probe of the service at rest, `lost_probes` had no answer."""

    requests: list[RequestFigures]
    quiet_ms: float
    stall_ms: float
    largest_bytes: int
    server_errors: int
    lost_probes: int


@dataclass(frozen=True, slots=True)
class SilentFigures:
    """A client without and beside silent connections: p99 in milliseconds over rounds, and their ratio in a round."""

    held: float
    opened: int
    alone_ms: MedianWithRange
    beside_ms: MedianWithRange
    ratio: MedianWithRange
    errors: int


@dataclass(frozen=True, slots=True)
class RandomFigures:
    """`growth_bytes` is the largest resident memory after the warm-up, less that at its end."""

    requests: int
    kinds: dict[str, int]
    answers: dict[str, int]
    server_errors: int
    per_s: float
    warm_bytes: int
    growth_bytes: int


@dataclass(frozen=True, slots=True)
class OverloadFigures:
    """Rates in requests a second, percentiles in milliseconds; None where nothing was accepted or refused.

    `failed` counts requests with another answer than 200 and 503, or without one.
    """

    sustainable: float
    offered: float
    accepted: int
    refused: int
    failed: int
    accepted_p99_ms: float | None
    refused_p99_ms: float | None
    lag_p99_ms: float


@dataclass(frozen=True, slots=True)
class DeepFigures:
    """Medians of first and deep pages in milliseconds, and the ratio of the deep median and p99 to the first median."""

    pairs: int
    first_ms: float
    deep_ms: float
    ratio: float
    p99_ratio: float
    fewest_hits: int


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """One server over rounds: good answers a second, p50 and p99 in milliseconds, processor time of an answer.

    The ratios compare khabar's protocol with this server in a round: 1 if the bounds cost nothing, in the order
    throughput (less than 1 if they cost), p50 and processor time (more than 1). `cpu_ms` and `cpu_ratio` are None for
    records without processor time.
    """

    server: str
    throughput: MedianWithRange
    p50_ms: MedianWithRange
    p99_ms: MedianWithRange
    cpu_ms: MedianWithRange | None
    ratio: MedianWithRange
    p50_ratio: MedianWithRange
    cpu_ratio: MedianWithRange | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows; None for a part without records."""

    requests: RequestsFigures | None
    silent: SilentFigures | None
    random: RandomFigures | None
    overload: OverloadFigures | None
    deep: DeepFigures | None
    servers: list[ServerFigures] | None


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    return Figures(
        requests=None if records.requests is None else requests_figures(records.requests),
        silent=None if records.silent is None else silent_figures(records.silent),
        random=None if records.random is None else random_figures(records.random),
        overload=None if records.overload is None else overload_figures(records.overload),
        deep=None if records.deep is None else deep_figures(records.deep),
        servers=None if records.servers is None else server_figures(records.servers),
    )


def requests_figures(run: RequestsRun) -> RequestsFigures:
    """Compute the figures of each hostile request and of all of them."""
    requests = [_request_figures(one, run.probes) for one in run.exchanges]
    statuses = [answer.status for one in run.exchanges for answer in one.answers]
    return RequestsFigures(
        requests=requests,
        quiet_ms=longest_ms(run.probes, run.quiet_from_s, run.quiet_to_s),
        stall_ms=max((one.stall_ms for one in requests), default=0.0),
        largest_bytes=max((one.largest_bytes for one in requests), default=0),
        server_errors=sum(map(_is_server_error, statuses)),
        lost_probes=sum(not probe.is_answered for probe in run.probes),
    )


def _request_figures(one: Exchange, probes: Sequence[Probe]) -> RequestFigures:
    return RequestFigures(
        name=one.name,
        sent_bytes=one.sent_bytes,
        statuses=dict(Counter(str(answer.status) for answer in one.answers)),
        largest_bytes=max((answer.n_bytes for answer in one.answers), default=0),
        ending=one.ending,
        stall_ms=longest_ms(probes, one.started_s, one.ended_s + MARGIN_S),
    )


def silent_figures(rounds: Sequence[SilentRound]) -> SilentFigures:
    """Compute p99 with and without silent connections; the ratio is that of one round."""
    alone = [one.alone.latency().p99 for one in rounds]
    beside = [one.beside.latency().p99 for one in rounds]
    return SilentFigures(
        held=min(one.held for one in rounds),
        opened=sum(one.opened for one in rounds),
        alone_ms=median_with_range(alone),
        beside_ms=median_with_range(beside),
        ratio=median_with_range([with_them / without for with_them, without in zip(beside, alone, strict=True)]),
        errors=sum(sum(load.errors.values()) for one in rounds for load in (one.alone, one.beside)),
    )


def random_figures(run: RandomRun) -> RandomFigures:
    """Compute the growth of memory after the warm-up.

    Raises:
        ValueError: there are no slices after the warm-up, or none in it.
    """
    warm, counted = run.slices[: run.warm_up], run.slices[run.warm_up :]
    if not warm or not counted:
        raise ValueError("growth needs slices both in the warm-up and after it")
    answers = _total(counted, "answers")
    n_requests = sum(_total(counted, "kinds").values())
    return RandomFigures(
        requests=n_requests,
        kinds=_total(counted, "kinds"),
        answers=answers,
        server_errors=sum(n for status, n in answers.items() if status.isdigit() and _is_server_error(int(status))),
        per_s=round(n_requests / sum(one.duration_s for one in counted), 1),
        warm_bytes=warm[-1].rss_bytes,
        growth_bytes=max(one.rss_bytes for one in counted) - warm[-1].rss_bytes,
    )


def overload_figures(run: OverloadRun) -> OverloadFigures:
    """Compute the percentiles of accepted and refused requests."""
    load = run.overload
    accepted, refused = load.latencies_ms, load.refused_ms
    return OverloadFigures(
        sustainable=round(run.sustainable.throughput, 1),
        offered=round(load.rate, 1),
        accepted=len(accepted),
        refused=len(refused),
        failed=load.sent - len(accepted) - len(refused),
        accepted_p99_ms=_p99(accepted) if accepted else None,
        refused_p99_ms=_p99(refused) if refused else None,
        lag_p99_ms=_p99(load.lag_ms),
    )


def deep_figures(pairs: Sequence[PagePair]) -> DeepFigures:
    """Compare deep pages with the median of first pages."""
    first, deep = median(pair.first_ms for pair in pairs), median(pair.deep_ms for pair in pairs)
    return DeepFigures(
        pairs=len(pairs),
        first_ms=round(first, 3),
        deep_ms=round(deep, 3),
        ratio=round(deep / first, 2),
        p99_ratio=round(_p99([pair.deep_ms for pair in pairs]) / first, 2),
        fewest_hits=min(pair.deep_hits for pair in pairs),
    )


def server_figures(loads: Sequence[ServerLoad]) -> list[ServerFigures]:
    """Compute the figures of each server, in the order of the first round."""
    ours = {one.round: one for one in loads if one.server == OURS}
    figures = []
    for server in dict.fromkeys(one.server for one in loads):
        pairs = [(ours[one.round], one) for one in loads if one.server == server]
        latencies = [one.load.latency() for _, one in pairs]
        cpu = [(_cpu_ms(our), _cpu_ms(one)) for our, one in pairs if our.cpu_s and one.cpu_s]
        figures.append(
            ServerFigures(
                server=server,
                throughput=median_with_range([one.load.throughput for _, one in pairs]),
                p50_ms=median_with_range([one.p50 for one in latencies]),
                p99_ms=median_with_range([one.p99 for one in latencies]),
                cpu_ms=median_with_range([one for _, one in cpu]) if cpu else None,
                ratio=median_with_range([our.load.throughput / one.load.throughput for our, one in pairs]),
                p50_ratio=median_with_range([our.load.latency().p50 / one.load.latency().p50 for our, one in pairs]),
                cpu_ratio=median_with_range([our / one for our, one in cpu]) if cpu else None,
            )
        )
    return figures


def _cpu_ms(one: ServerLoad) -> float:
    """Return the milliseconds of processor time for an answer of any status."""
    return 1000 * (one.cpu_s or 0.0) / one.load.requests


def _is_server_error(status: int) -> bool:
    return status >= _SERVER_ERROR and status != _REFUSED


def _total(slices: Sequence[RandomSlice], name: str) -> dict[str, int]:
    total = Counter[str]()
    for one in slices:
        total.update(getattr(one, name))
    return dict(sorted(total.items()))


def _p99(values: Sequence[float]) -> float:
    return percentile(histogram_of(values), 99)
