"""The process that holds a snapshot of its own and measures the floor, apart from the server's."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from benchmarks.latency import filters, floor
from benchmarks.latency.filters import Condition
from benchmarks.latency.floor import CurvePoint, EncoderThroughput, FloorRound
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.reader import Snapshot, open_snapshot

P = ParamSpec("P")
R = TypeVar("R")


class _Opened:
    """What the process has open; set once, when it starts."""

    store: Path
    snapshot: Snapshot
    vectors: dict[str, FloatArray] | None = None


class FloorProcess:
    """Runs measurements on a store in one other process, one at a time; idle in between."""

    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def round(self, texts: Sequence[str]) -> FloorRound:
        """Time encoder and index on each query."""
        return self._run(_with_snapshot, floor.floor_round, texts)

    def encoder_throughput(self, texts: Sequence[str], seconds: float) -> EncoderThroughput:
        """Measure the encoder alone on all cores."""
        return self._run(_with_snapshot, floor.encoder_throughput, texts, seconds)

    def recall(self, texts: Sequence[str], condition: Condition) -> list[float]:
        """Return recall@10 of each query under a condition."""
        return self._run(_recall, texts, condition)

    def conditions(self) -> list[Condition]:
        """Return filters that suit the corpus."""
        return self._run(_conditions)

    def description(self) -> dict[str, Any]:
        """Describe the snapshot."""
        return self._run(_with_snapshot, floor.describe)

    def curve(self) -> list[CurvePoint]:
        """Return what the build has measured of its indexes' settings."""
        return self._run(_with_snapshot, floor.curve)

    def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return self._executor.submit(work, *args, **kwargs).result()


@contextmanager
def floor_process(store: Path) -> Iterator[FloorProcess]:
    """Open a store in a process of its own for the time of a block."""
    # Spawned, not forked: it must not begin with the threads and memory of this one.
    with ProcessPoolExecutor(1, get_context("spawn"), _open, (store,)) as executor:
        yield FloorProcess(executor)


def _open(store: Path) -> None:
    _Opened.snapshot = open_snapshot(store)


def _with_snapshot(work: Callable[Concatenate[Snapshot, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    return work(_Opened.snapshot, *args, **kwargs)


def _recall(texts: Sequence[str], condition: Condition) -> list[float]:
    if _Opened.vectors is None:
        _Opened.vectors = floor.exact_vectors(_Opened.snapshot)
    return floor.recall(_Opened.snapshot, _Opened.vectors, texts, condition)


def _conditions() -> list[Condition]:
    return filters.choose(floor.filter_columns(_Opened.snapshot))
