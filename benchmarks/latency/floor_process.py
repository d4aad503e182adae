"""The process that opens its own snapshot and measures the floor, separate from the server's process."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from benchmarks.latency import floor
from benchmarks.latency.filters import FilterCondition
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.reader import Snapshot, open_snapshot

P = ParamSpec("P")
R = TypeVar("R")


class _State:
    """The snapshot that the process has open; set once, when the process starts."""

    store: Path
    snapshot: Snapshot
    vectors: dict[str, FloatArray] | None = None


class FloorProcess:
    """Runs measurements on a store in one other process, one at a time; the process is idle in between."""

    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def run(self, work: Callable[Concatenate[Snapshot, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what `work`, a function of `floor.py`, returns for the snapshot and other arguments."""
        return self._executor.submit(_with_snapshot, work, args, kwargs).result()

    def recall(self, texts: Sequence[str], condition: FilterCondition) -> list[float]:
        """Return recall@10 of each query with a filter."""
        return self._executor.submit(_recall, texts, condition).result()


@contextmanager
def floor_process(store: Path) -> Iterator[FloorProcess]:
    """Open a store in a separate process during a block."""
    # Spawned, not forked: the child must not start with the threads and memory of this process.
    with ProcessPoolExecutor(1, get_context("spawn"), _open, (store,)) as executor:
        yield FloorProcess(executor)


def _open(store: Path) -> None:
    _State.snapshot = open_snapshot(store)


def _with_snapshot(work: Callable[..., R], args: tuple[object, ...], kwargs: dict[str, object]) -> R:
    return work(_State.snapshot, *args, **kwargs)


def _recall(texts: Sequence[str], condition: FilterCondition) -> list[float]:
    if _State.vectors is None:
        _State.vectors = floor.exact_vectors(_State.snapshot)
    return floor.recall(_State.snapshot, _State.vectors, texts, condition)
