"""The metrics of the service, for Prometheus; labels have few values, whatever clients send.

Several server processes share one folder of counters (PROMETHEUS_MULTIPROC_DIR, set by
`khabar serve`), and each of them answers for all.
"""

import os

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
        self._registry = CollectorRegistry()
        stages = Histogram(
            "khabar_search_stage_seconds",
            f"Time of searches by stage: {', '.join((*TIMED_STAGES[:-1], SERIALISE, TIMED_STAGES[-1]))}.",
            ["stage"],
            buckets=_STAGE_BUCKETS_S,
            registry=self._registry,
        )
        self._stages = {stage: stages.labels(stage) for stage in (*TIMED_STAGES, SERIALISE)}
        self._responses = Counter(
            "khabar_responses", "Responses by route and status.", ["route", "status"], registry=self._registry
        )
        self._refused = Counter(
            "khabar_refused", "Requests refused because too many were waiting.", registry=self._registry
        )
        self.running = Gauge(
            "khabar_requests_running",
            "Requests being worked on.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self.waiting = Gauge(
            "khabar_requests_waiting",
            "Requests waiting for a thread.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self._cache_hits = Counter("khabar_query_cache_hits", "Queries not encoded again.", registry=self._registry)
        self._cache_misses = Counter("khabar_query_cache_misses", "Queries encoded.", registry=self._registry)
        self._snapshot = Gauge(
            "khabar_snapshot",
            "1 for the version and encoder that are served.",
            ["version", "encoder"],
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._age = Gauge(
            "khabar_snapshot_age_seconds",
            "Seconds since the served version was built.",
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._stale = Gauge(
            "khabar_snapshot_stale",
            "1 when the served version is older than KHABAR_MAX_AGE_H allows.",
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._swaps = Counter("khabar_snapshot_swaps", "New versions shown while running.", registry=self._registry)
        self._refused_versions = Counter(
            "khabar_snapshot_refused", "Published versions that could not be opened.", registry=self._registry
        )
        self._shown: tuple[str, str] | None = None

    def searched(self, timing_ms: Timing, serialise_s: float) -> None:
        """Count one search with the times of its stages."""
        for stage in TIMED_STAGES:
            self._stages[stage].observe(getattr(timing_ms, stage) / 1000)
        self._stages[SERIALISE].observe(serialise_s)

    def responded(self, route: str, status: int) -> None:
        """Count one response; `route` is the route's pattern, never the path that was asked for."""
        self._responses.labels(route, str(status)).inc()

    def refused(self) -> None:
        """Count one request that was refused because too many were waiting."""
        self._refused.inc()

    def query_cache_looked_up(self, found: bool) -> None:
        """Count one lookup in the cache of query vectors: a hit where `found`, else a miss."""
        (self._cache_hits if found else self._cache_misses).inc()

    def swapped(self) -> None:
        """Count one new version that is served."""
        self._swaps.inc()

    def refused_version(self) -> None:
        """Count one published version that cannot be served."""
        self._refused_versions.inc()

    def exposition(self, snapshot: Snapshot | None, max_age_h: float | None = None) -> bytes:
        """Return everything in Prometheus' text format, with the state of this moment."""
        if snapshot is not None:
            self._describe(snapshot.manifest, max_age_h)
        registry = self._registry
        if SHARED_FOLDER in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _describe(self, manifest: Manifest, max_age_h: float | None) -> None:
        served = (manifest.version, manifest.encoder.fingerprint)
        if self._shown is not None and self._shown != served:
            self._snapshot.labels(*self._shown).set(0)
        self._shown = served
        self._snapshot.labels(*served).set(1)
        age = age_s(manifest)
        self._age.set(age)
        self._stale.set(max_age_h is not None and age > 3600 * max_age_h)
