"""The metrics of the service, for Prometheus; labels have few values, whatever clients send.

Several server processes share one folder of counters (PROMETHEUS_MULTIPROC_DIR, set by `khabar serve`), and each
of them reports the sums.
"""

import os
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from indexer.snapshot.format.manifest import Manifest, age_s
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
        latest = partial(Gauge, registry=registry, multiprocess_mode="livemax")
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
        self._snapshot = latest(
            "khabar_snapshot", "1 for the version and encoder that are served.", ["version", "encoder"]
        )
        self._age = latest("khabar_snapshot_age_seconds", "Seconds since the served version was built.")
        self._stale = latest(
            "khabar_snapshot_stale", "1 when the served version is older than KHABAR_MAX_AGE_H allows."
        )
        self.takedowns_unreadable = latest(
            "khabar_takedowns_unreadable", "1 while the log of takedowns is missing, damaged or shortened."
        )
        self._served: tuple[str, str] | None = None

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

    def exposition(self, snapshot: Snapshot | None, max_age_h: float | None = None) -> bytes:
        """Return everything in Prometheus' text format, with the state of this moment."""
        if snapshot is not None:
            self._set_snapshot(snapshot.manifest, max_age_h)
        registry = self._registry
        if SHARED_FOLDER in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _set_snapshot(self, manifest: Manifest, max_age_h: float | None) -> None:
        served = (manifest.version, manifest.served_encoder.fingerprint)
        if self._served is not None and self._served != served:
            self._snapshot.labels(*self._served).set(0)
        self._served = served
        self._snapshot.labels(*served).set(1)
        age = age_s(manifest)
        self._age.set(age)
        self._stale.set(max_age_h is not None and age > 3600 * max_age_h)
