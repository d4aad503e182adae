"""Load on one process without Ray, and on shards over Ray, in turns."""

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cluster.records import ClusterLevel
from benchmarks.load.levels import closed_level
from benchmarks.load.server import khabar_server
from benchmarks.load.workload import search_path
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest
from indexer.store.publish import publish
from indexer.store.staging import build_lock
from indexer.store.versions import list_versions

_WARM_UP_S = 3.0
_SWAP_EVERY_S = 3.0


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How to load each pair of services: clients of each level, rounds, and seconds of a level."""

    clients: Sequence[int]
    rounds: int
    seconds: float


def measure_pair(
    whole: Path, divided: Path, replicas: int, texts: Sequence[str], plan: LoadPlan, reporter: Reporter
) -> Iterator[ClusterLevel]:
    """Yield levels of one process over a whole store, and of one that asks shards over Ray, in turns.

    Where the divided store has two versions, further levels swap them while the shards are loaded.
    """
    shards = len(current_manifest(StoreLayout(divided)).shards)
    paths = [search_path(text) for text in texts]
    on_ray = {"KHABAR_ENGINE": "ray", "KHABAR_SHARD_REPLICAS": str(replicas)}
    with (
        tempfile.TemporaryDirectory(prefix="khabar-cluster-") as logs,
        khabar_server(whole, workers=1, cache=False, log=Path(logs, "one.log")) as one,
        khabar_server(divided, workers=1, cache=False, log=Path(logs, "ray.log"), environment=on_ray) as ray,
    ):
        for server in (one, ray):
            closed_level(server, paths, clients=max(plan.clients), seconds=_WARM_UP_S)
        for number in range(plan.rounds):
            for clients in plan.clients:
                turns = ((one, False, False), (ray, True, False), (ray, True, True))
                for server, is_ray, swapping in turns if len(list_versions(StoreLayout(divided))) > 1 else turns[:2]:
                    with swaps(divided if swapping else None) as done:
                        level = closed_level(server, paths, clients=clients, seconds=plan.seconds)
                    load, cpu_s = level.load, 0.0 if level.server is None else level.server.cpu_s
                    yield ClusterLevel(shards, replicas, number, is_ray, load, cpu_s, len(done))
                    name = f"{shards} shards over Ray" if is_ray else "one process"
                    reporter.print_line(
                        f"{name}, {clients} clients, {len(done)} swaps: {load.throughput:,.1f} a second"
                    )


@contextmanager
def swaps(root: Path | None) -> Iterator[list[str]]:
    """Publish the versions of a store in turns while the block runs, and yield the names; nothing for None."""
    done: list[str] = []
    if root is None:
        yield done
        return
    store, ended = StoreLayout(root), threading.Event()

    def swap() -> None:
        names = list_versions(store)
        while not ended.wait(_SWAP_EVERY_S):
            name = names[len(done) % len(names)]
            with build_lock(store):
                publish(store, name)
            done.append(name)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield done
    finally:
        ended.set()
        thread.join()
