"""The model: each cost of a store is a line over its paragraphs, and requests wait as in a queue.

A machine runs one worker process for each core, and each connection stays with one worker. So a worker is a queue of
its own (M/M/1: arrivals at random, service times that vary as an exponential distribution does). In such a queue with
load r and mean service time s, the share r * exp(-(1 - r) * t / s) of all requests waits longer than t (Kleinrock,
Queueing Systems, volume 1, 1975, section 3.2).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.capacity.records import SizeRecord
from benchmarks.harness.line import Line, fit_line

_TAIL = 0.01
"""The share of requests beyond the 99th percentile."""


@dataclass(frozen=True, slots=True)
class CostModel:
    """Lines over the paragraphs of one store.

    `build_s` are seconds of a build apart from embedding, `build_bytes` its peak memory. `version_bytes` is a version
    on disk, `cache_bytes` the cache of embeddings beside it. `searched_bytes` are vectors, candidates and words, which
    any search may read, so they have to fit into memory; `worker_bytes` is the memory of each worker apart from them.
    `core_s` are the seconds for which a request occupies a core at full load, and `idle_p99_ms` is the 99th percentile
    of a request's time where no other one is there.
    """

    build_s: Line
    build_bytes: Line
    version_bytes: Line
    cache_bytes: Line
    searched_bytes: Line
    worker_bytes: Line
    core_s: Line
    idle_p99_ms: Line

    def memory_bytes(self, paragraphs: float, workers: int) -> float:
        """Return the memory that a machine needs to serve a store."""
        return self.searched_bytes.at(paragraphs) + workers * self.worker_bytes.at(paragraphs)

    def p99_ms(self, paragraphs: float, load: float) -> float:
        """Return the 99th percentile of a request's time, in milliseconds, at a `load` of 0 to below 1.

        It is that of an idle service and that of the wait, added up. The sum is an upper estimate: few requests are
        among the slowest in both.
        """
        return self.idle_p99_ms.at(paragraphs) + 1000 * wait_p99(load, self.core_s.at(paragraphs))


def wait_p99(load: float, service_s: float) -> float:
    """Return the 99th percentile of the wait in an M/M/1 queue, in seconds, at a load of 0 to below 1."""
    return max(0.0, math.log(load / _TAIL) * service_s / (1 - load)) if load > 0 else 0.0


def costs_of(size: SizeRecord) -> dict[str, float]:
    """Return what was measured at one size, by the names of the lines."""
    build, disk, service = size.build, size.disk, size.service
    searched = disk.vectors + disk.candidates + disk.words
    return {
        "build_s": build.wall_s - build.embedding_s,
        "build_bytes": build.peak_rss_bytes,
        "version_bytes": searched + disk.texts + disk.rest,
        "cache_bytes": disk.cache_bytes,
        "searched_bytes": searched,
        "worker_bytes": service.private_bytes / service.workers,
        "core_s": service.workers / service.busy.load.throughput,
        "idle_p99_ms": service.one_client.load.latency().p99,
    }


def fit_model(sizes: Sequence[SizeRecord]) -> CostModel:
    """Fit all lines.

    Raises:
        ValueError: there are fewer than two sizes.
    """
    costs = [(size.build.paragraphs, costs_of(size)) for size in sizes]
    names = costs_of(sizes[0])
    return CostModel(**{name: fit_line([(paragraphs, found[name]) for paragraphs, found in costs]) for name in names})
