"""The metrics of the service, for Prometheus; labels have few values, whatever clients send.

Several server processes share one folder of counters (PROMETHEUS_MULTIPROC_DIR, set by `khabar serve`), and each
of them reports the sums over all. What is served, how old it is, and whether takedowns can be read, each process says
of itself at the moment when it is asked: files that processes wrote earlier would tell of the version before.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from indexer.snapshot.format.manifest import Manifest, age_s, is_stale
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.search import TIMED_STAGES, Timing

CONTENT_TYPE = CONTENT_TYPE_LATEST
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

SERIALISE = "serialise"
"""The stage after a search: writing its result as JSON."""

_STAGE_BUCKETS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counters, gauges and histograms of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        counter = partial(Counter, registry=registry)
        summed = partial(Gauge, registry=registry, multiprocess_mode="livesum")
        times = Histogram(
            "khabar_search_stage_seconds",
            f"Time of searches by stage: {', '.join((*TIMED_STAGES[:-1], SERIALISE, TIMED_STAGES[-1]))}.",
            ["stage"],
            buckets=_STAGE_BUCKETS_S,
            registry=registry,
        )
        self._times = {stage: times.labels(stage) for stage in (*TIMED_STAGES, SERIALISE)}
        self._responses = counter("khabar_responses", "Responses by route and status.", ["route", "status"])
        self.refused_requests = counter("khabar_refused", "Requests refused because too many were waiting.")
        self.running = summed("khabar_requests_running", "Requests being worked on.")
        self.waiting = summed("khabar_requests_waiting", "Requests waiting for a thread.")
        self._cache_hits = counter("khabar_query_cache_hits", "Queries not encoded again.")
        self._cache_misses = counter("khabar_query_cache_misses", "Queries encoded.")
        self.swaps = counter("khabar_snapshot_swaps", "New versions shown while running.")
        self.refused_versions = counter("khabar_snapshot_refused", "Published versions that could not be opened.")
        self.incomplete_answers = counter(
            "khabar_search_incomplete", "Searches without the paragraphs of shards that did not answer."
        )
        self.withdrawn_versions = counter("khabar_snapshot_withdrawn", "Served versions that lost bytes on disk.")
        self.takedowns_unreadable = False
        """Whether the log of takedowns is missing, damaged or shortened."""

    def count_search(self, timing_ms: Timing, serialise_s: float) -> None:
        """Count one search with the times of its stages."""
        for stage in TIMED_STAGES:
            self._times[stage].observe(getattr(timing_ms, stage) / 1000)
        self._times[SERIALISE].observe(serialise_s)

    def count_response(self, route: str, status: int) -> None:
        """Count one response; `route` is the pattern of the route, never the path of the request."""
        self._responses.labels(route, str(status)).inc()

    def count_cache_lookup(self, hit: bool) -> None:
        """Count one lookup in the cache of query vectors."""
        (self._cache_hits if hit else self._cache_misses).inc()

    def exposition(
        self, snapshot: Snapshot | None, max_age_h: float | None = None, lag_s: float | None = None
    ) -> bytes:
        """Return everything in Prometheus' text format, with the state of this moment.

        `lag_s` is how long ago a replica has synchronised; None for a store that is no replica.
        """
        registry, state = self._registry, CollectorRegistry()
        manifest = snapshot.manifest if snapshot else None
        state.register(_State(manifest, max_age_h, self.takedowns_unreadable, lag_s))
        shared = os.environ.get(SHARED_FOLDER)
        if shared is not None:
            _forget_ended_processes(Path(shared))
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(state)


class _State(Collector):
    """Gauges of this process at this moment."""

    def __init__(
        self, manifest: Manifest | None, max_age_h: float | None, takedowns_unreadable: bool, lag_s: float | None
    ) -> None:
        self._manifest = manifest
        self._max_age_h = max_age_h
        self._takedowns_unreadable = takedowns_unreadable
        self._lag_s = lag_s

    def collect(self) -> Iterator[Metric]:
        """Yield every gauge; those of a snapshot only if there is one."""
        yield _gauge(
            "khabar_takedowns_unreadable",
            "1 while the log of takedowns is missing, damaged or shortened.",
            self._takedowns_unreadable,
        )
        if self._lag_s is not None:
            yield _gauge(
                "khabar_replica_lag_seconds",
                "Seconds since this replica has synchronised with its store.",
                self._lag_s,
            )
        if self._manifest is None:
            return
        served = GaugeMetricFamily(
            "khabar_snapshot", "1 for the version and encoder that are served.", labels=["version", "encoder"]
        )
        served.add_metric([self._manifest.version, self._manifest.served_encoder.fingerprint], 1)
        yield served
        age = age_s(self._manifest)
        yield _gauge("khabar_snapshot_age_seconds", "Seconds since the served version was built.", age)
        yield _gauge(
            "khabar_snapshot_stale",
            "1 when the served version is older than KHABAR_MAX_AGE_H allows.",
            is_stale(self._manifest, self._max_age_h),
        )


def _gauge(name: str, description: str, value: float) -> Metric:
    return GaugeMetricFamily(name, description, value=float(value))


def _forget_ended_processes(folder: Path) -> None:
    """Remove the gauges of processes that were killed; their counters still count."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*.db")}:
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):  # ended, or its number belongs to somebody else now
            with suppress(FileNotFoundError):  # another process does the same
                multiprocess.mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
