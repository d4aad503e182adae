"""The process that opens its own snapshot and measures the floor, separate from the server's process."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from benchmarks.latency import filters, floor
from benchmarks.latency.filters import FilterCondition
from benchmarks.latency.floor import CurvePoint, EncoderThroughput, FloorRound
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, QueryEncoder
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

    def round(self, texts: Sequence[str]) -> FloorRound:
        """Time the encoder and the index on each query."""
        return self._run(_with_snapshot, floor.floor_round, texts)

    def encoder_throughput(self, texts: Sequence[str], seconds: float) -> EncoderThroughput:
        """Measure the encoder alone on all cores."""
        return self._run(_with_snapshot, floor.encoder_throughput, texts, seconds)

    def recall(self, texts: Sequence[str], condition: FilterCondition) -> list[float]:
        """Return recall@10 of each query with a filter."""
        return self._run(_recall, texts, condition)

    def conditions(self) -> list[FilterCondition]:
        """Return filters chosen from the corpus."""
        return self._run(_conditions)

    def description(self) -> dict[str, Any]:
        """Describe the snapshot."""
        return self._run(_with_snapshot, floor.describe)

    def curve(self) -> list[CurvePoint]:
        """Return the measurements from which the build chose its indexes."""
        return self._run(_with_snapshot, floor.curve)

    def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return self._executor.submit(work, *args, **kwargs).result()


@contextmanager
def floor_process(store: Path) -> Iterator[FloorProcess]:
    """Open a store in a separate process during a block."""
    # Spawned, not forked: the child must not start with the threads and memory of this process.
    with ProcessPoolExecutor(1, get_context("spawn"), _open, (store,)) as executor:
        yield FloorProcess(executor)


def _open(store: Path) -> None:
    _State.snapshot = open_snapshot(store, open_whole_model=_open_whole_model)


def _open_whole_model(folder: Path, spec: EncoderSpec) -> QueryEncoder:
    from indexer.encoders.reference_encoder import (
        open_saved_model,  # imports torch, which an exported model does not need
    )

    return open_saved_model(folder, spec)


def _with_snapshot(work: Callable[Concatenate[Snapshot, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    return work(_State.snapshot, *args, **kwargs)


def _recall(texts: Sequence[str], condition: FilterCondition) -> list[float]:
    if _State.vectors is None:
        _State.vectors = floor.exact_vectors(_State.snapshot)
    return floor.recall(_State.snapshot, _State.vectors, texts, condition)


def _conditions() -> list[FilterCondition]:
    return filters.choose(floor.filter_columns(_State.snapshot))
