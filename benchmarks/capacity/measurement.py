"""One size: articles, a build as a user runs it, the sizes of its files, and its service under load."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.capacity.records import DiskUse, ServiceRecord, SizeRecord
from benchmarks.corpora.embeddings import fill_cache
from benchmarks.corpora.samples import ArticleSample
from benchmarks.harness.build_process import run_build
from benchmarks.harness.child_process import ChildProcess
from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.closed_loop import run_closed
from benchmarks.load.levels import closed_level, open_level
from benchmarks.load.schedule import Schedule
from benchmarks.load.server import Server, khabar_server, processes_of
from benchmarks.load.workload import search_path
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_manifest

CLIENTS = 16
"""Clients of the closed loop that finds how many requests a second the service answers at most."""

LOADS = (0.25, 0.5, 0.75)
"""Rates of the open loops, as shares of that."""

_WARM_UP_S = 5.0


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How to load a service: its worker processes, and the seconds of each level."""

    workers: int
    seconds: float


def measure_size(
    sample: ArticleSample, store: Path, like: Path | None, model: str | None, texts: Sequence[str], load: LoadPlan
) -> SizeRecord:
    """Build a store and serve it; its vectors are drawn around those of the store `like`, or embedded if that is None.

    Raises:
        BuildError: the build failed.
        BenchmarkError: the service failed.
    """
    if like is not None:
        ChildProcess().run(fill_cache, sample.path, store, like, model)
    build = run_build(sample.path, store, model)
    layout = StoreLayout(store)
    manifest = current_manifest(layout)
    return SizeRecord(
        synthetic=like is not None,
        build=build,
        disk=disk_use(layout, layout.version(manifest.version)),
        kinds={language: record.kind for language, record in manifest.index.items()},
        service=measure_service(store, texts, load),
    )


def measure_service(store: Path, texts: Sequence[str], plan: LoadPlan) -> ServiceRecord:
    """Serve a store, and load it with one client, with many, and with requests that arrive at random."""
    paths = [search_path(text) for text in texts]
    with (
        tempfile.TemporaryDirectory(prefix="khabar-capacity-") as logs,
        khabar_server(store, workers=plan.workers, cache=False, log=Path(logs, "server.log")) as server,
    ):
        run_closed(server.url, paths, clients=CLIENTS, seconds=_WARM_UP_S)
        one_client = closed_level(server, paths, clients=1, seconds=plan.seconds)
        busy = closed_level(server, paths, clients=CLIENTS, seconds=plan.seconds)
        rates = [round(share * busy.load.throughput, 1) for share in LOADS]
        arrivals = [open_level(server, _schedule(server, paths, rate, plan.seconds)) for rate in rates]
        if server.pid is None or server.cold_start_s is None:
            raise BenchmarkError("the server was not started here")
        memory = [process.memory_full_info() for process in processes_of(server.pid)]
    pss, private = (sum(getattr(process, name) for process in memory) for name in ("pss", "uss"))
    return ServiceRecord(plan.workers, server.cold_start_s, one_client, busy, arrivals, pss, private)


def _schedule(server: Server, paths: list[str], rate: float, seconds: float) -> Schedule:
    address = urlsplit(server.url)
    return Schedule(address.hostname or "", address.port or 80, paths, rate, seconds, "poisson")


def disk_use(store: StoreLayout, version: VersionLayout) -> DiskUse:
    """Return what the files of a version and the embedding cache of its store take on disk."""
    files = {path: path.stat().st_size for path in version.root.rglob("*") if path.is_file()}
    vectors, candidates = (
        sum(size for path, size in files.items() if path.name == name)
        for name in ("vectors.faiss", "approximate.faiss")
    )
    words = sum(size for path, size in files.items() if path.parent == version.lexical.root)
    texts = files[version.corpus]
    rest = sum(files.values()) - vectors - candidates - words - texts
    cache = sum(path.stat().st_size for path in store.cache.iterdir())
    return DiskUse(vectors, candidates, words, texts, rest, cache)
