"""Hand-made records of sizes whose costs lie on lines."""

from dataclasses import replace

from benchmarks.capacity.records import DiskUse, Records, ServiceRecord, SizeRecord
from benchmarks.harness.build_process import BuildRun
from benchmarks.load.closed_loop import ClosedLoad
from benchmarks.load.levels import ClosedLevel, OpenLevel
from benchmarks.load.schedule import OpenLoad
from indexer.reporting.stages import Stage

MIB = 2**20


def closed(clients: int, requests: int, latency_us: int) -> ClosedLevel:
    """Return 10,000 seconds of answers that all took the same time."""
    return ClosedLevel(ClosedLoad(clients, 10_000.0, requests, {}, ((latency_us, requests),)), None)


def opened(rate: float, latencies_ms: list[float], sent: int) -> OpenLevel:
    return OpenLevel(OpenLoad(rate, "poisson", sent, 4, 10.0, latencies_ms, [0.0] * sent, {}), None)


def size_of(paragraphs: int, *, synthetic: bool = True) -> SizeRecord:
    """Return a size with a build of 10 s and 1 s for each 1,000 paragraphs, and 4 ms and 1 µs for each of a request.

    The vectors that are not synthetic were embedded in 1 s for each 100 paragraphs.
    """
    thousands = paragraphs // 1000
    embedding_s = 0.0 if synthetic else paragraphs / 100
    stages = [Stage("reading", 1.0, 100 * MIB), Stage("embedding", embedding_s, (200 + thousands) * MIB)]
    request_us = 4_000 + paragraphs
    service = ServiceRecord(
        workers=2,
        ready_after_s=1.5,
        one_client=closed(1, 10_000_000_000 // request_us, request_us + 1_000),
        busy=closed(16, 2 * 10_000_000_000 // request_us, 50_000),
        arrivals=[opened(2 * 1_000_000 / request_us / 2, [10.0] * 98 + [30.0, 40.0], sent=101)],
        pss_bytes=0,
        private_bytes=2 * 150 * MIB,
    )
    disk = DiskUse(
        vectors=1_536 * paragraphs,
        candidates=100 * paragraphs,
        words=400 * paragraphs,
        texts=900 * paragraphs,
        rest=10 * paragraphs,
        cache_bytes=2_000 * paragraphs,
    )
    build = BuildRun(
        10.0 + thousands + embedding_s, paragraphs // 5, paragraphs, 0 if synthetic else paragraphs, stages
    )
    return SizeRecord(synthetic, build, disk, {"en": "exact", "ar": "ivf-pq4"}, service)


def records(*sizes: SizeRecord) -> Records:
    return Records(2, "cpu", "bf16", list(sizes))


def slower(size: SizeRecord, factor: int) -> SizeRecord:
    """Return the same size with a longer build."""
    return replace(size, build=replace(size.build, wall_s=size.build.wall_s * factor))
