"""One run: for each size, the vectors are written, then every kind of index is built and searched."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.child_process import ChildError, ChildProcess
from benchmarks.scaling import kinds, vectors
from benchmarks.scaling.kinds import COMPRESSED, KINDS, Kind
from benchmarks.scaling.records import Outcome, Records
from benchmarks.scaling.vectors import VectorFile, VectorSource
from indexer.reporting.progress import Reporter

_FLOAT_BYTES = 4
_INDEX_TO_VECTORS = 0.5
"""Size of an index on disk relative to its vectors, with some reserve: codes of 8 bits with ids or links."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: all kinds at `sizes`, only inverted lists at `compressed_sizes`.

    `skip` are kinds at sizes to leave out. `limit_s` is the time limit of one build in wall seconds, and
    of all searches of one index.
    """

    sizes: tuple[int, ...]
    compressed_sizes: tuple[int, ...]
    skip: frozenset[tuple[Kind, int]]
    limit_s: float
    queries: int

    def kinds_at(self, size: int) -> tuple[Kind, ...]:
        """Return the kinds to measure at a size."""
        return KINDS if size in self.sizes else COMPRESSED


class Run:
    """Measures all sizes in a folder, which contains the files of one size at a time."""

    def __init__(self, store: Path, folder: Path, plan: Plan, reporter: Reporter) -> None:
        self._store, self._folder, self._plan, self._say = store, folder, plan, reporter.print_line

    def records(self) -> Iterator[Records]:
        """Yield the records so far after every kind at every size."""
        self._say("reading vectors and headlines from the store")
        source = ChildProcess().run(vectors.collect, self._store, self._folder, self._plan.queries)
        self._say(f"{source.real:,} vectors ({source.language}), noise factor {source.fit.spread:g}")
        written: list[VectorFile] = []
        outcomes: list[Outcome] = []
        for size in sorted({*self._plan.sizes, *self._plan.compressed_sizes}):
            for outcome in self._size(size, source, written):
                self._say(summary_line(outcome))
                outcomes.append(outcome)
                yield Records(source, list(written), list(outcomes))

    def _size(self, size: int, source: VectorSource, written: list[VectorFile]) -> Iterator[Outcome]:
        planned = self._plan.kinds_at(size)
        problem = disk_space_problem(size * source.dim * _FLOAT_BYTES, shutil.disk_usage(self._folder).free)
        if problem is not None:
            yield from (Outcome(kind, size, None, None, problem) for kind in planned)
            return
        self._say(f"{size:,}: drawing vectors and finding true neighbours")
        try:
            written.append(ChildProcess().run(vectors.write_vectors, self._folder, size, source.fit.spread))
            for kind in planned:
                yield self._kind(kind, size)
        finally:
            shutil.rmtree(vectors.layout_of(self._folder, size).root, ignore_errors=True)

    def _kind(self, kind: Kind, size: int) -> Outcome:
        if (kind, size) in self._plan.skip:
            return Outcome(kind, size, None, None, "left out on request")
        child = ChildProcess(self._plan.limit_s)
        built = None
        try:
            if kind != "exact":
                built = child.run(kinds.build, kind, self._folder, size)
        except ChildError as error:
            return Outcome(kind, size, None, None, f"building: {error}")
        try:
            return Outcome(kind, size, built, child.run(kinds.search, kind, self._folder, size), None)
        except ChildError as error:
            return Outcome(kind, size, built, None, f"searching: {error}")
        finally:
            vectors.layout_of(self._folder, size).approximate.unlink(missing_ok=True)


def disk_space_problem(vector_bytes: int, free_bytes: int) -> str | None:
    """Return a message if the disk has too little free space for vectors and index, otherwise None."""
    needed = int(vector_bytes * (1 + _INDEX_TO_VECTORS))
    if needed <= free_bytes:
        return None
    return f"it needs {needed / 2**30:,.1f} GiB on disk, {free_bytes / 2**30:,.1f} GiB are free"


def parse_skips(names: Sequence[str]) -> frozenset[tuple[Kind, int]]:
    """Return kinds and sizes from names such as "hnsw-sq8@1000000".

    Raises:
        ValueError: a name does not have this form.
    """
    skipped: set[tuple[Kind, int]] = set()
    for name in names:
        kind, _, size = name.partition("@")
        known = next((one for one in KINDS if one == kind), None)
        if known is None or not size.isdecimal():
            raise ValueError(f"{name} is not a kind and a size such as hnsw-sq8@1000000")
        skipped.add((known, int(size)))
    return frozenset(skipped)


def summary_line(outcome: Outcome) -> str:
    """Return one line of progress."""
    if outcome.searched is None:
        return f"{outcome.size:,} {outcome.kind}: {outcome.skipped}"
    built = f"built in {outcome.built.seconds:,.0f} s, " if outcome.built else ""
    return f"{outcome.size:,} {outcome.kind}: {built}search parameter {outcome.searched.effort}"
