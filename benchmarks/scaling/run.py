"""The story of one run, top to bottom: vectors of a size, then every kind over them, then the next size."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child_process import Apart, ChildError
from benchmarks.scaling import kinds, vectors
from benchmarks.scaling.kinds import COMPRESSED, KINDS, Kind
from benchmarks.scaling.records import Outcome, Records
from benchmarks.scaling.vectors import Source, Written
from indexer.reporting.progress import Reporter

_FLOAT_BYTES = 4
_INDEX_TO_VECTORS = 0.5
"""Room that an index needs on disk beside its vectors: 8-bit codes and ids, or 8-bit codes and links."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure.

    At `sizes` all kinds are, at `compressed_sizes` only inverted lists. `skip` names kinds at
    sizes to leave out; `limit_s` is the wall time that one build, or one search of it, may take.
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
    """Measures all sizes in a folder that gets as large as the largest of them."""

    def __init__(self, store: Path, folder: Path, plan: Plan, reporter: Reporter) -> None:
        self._store, self._folder, self._plan, self._say = store, folder, plan, reporter.print_line

    def records(self) -> Iterator[Records]:
        """Yield what has been measured so far, after every kind at every size."""
        self._say("taking vectors and headlines from the store")
        source = Apart().run(vectors.collect, self._store, self._folder, self._plan.queries)
        self._say(f"{source.real:,} vectors ({source.language}), noise {source.fit.spread:g}")
        written: list[Written] = []
        outcomes: list[Outcome] = []
        for size in sorted({*self._plan.sizes, *self._plan.compressed_sizes}):
            for outcome in self._size(size, source, written):
                self._say(told(outcome))
                outcomes.append(outcome)
                yield Records(source, list(written), list(outcomes))

    def _size(self, size: int, source: Source, written: list[Written]) -> Iterator[Outcome]:
        planned = self._plan.kinds_at(size)
        lacking = room_lacking(size * source.dim * _FLOAT_BYTES, shutil.disk_usage(self._folder).free)
        if lacking is not None:
            yield from (Outcome(kind, size, None, None, lacking) for kind in planned)
            return
        self._say(f"{size:,}: drawing vectors and finding true neighbours")
        try:
            written.append(Apart().run(vectors.write_vectors, self._folder, size, source.fit.spread))
            for kind in planned:
                yield self._kind(kind, size)
        finally:
            shutil.rmtree(vectors.layout_of(self._folder, size).root, ignore_errors=True)

    def _kind(self, kind: Kind, size: int) -> Outcome:
        if (kind, size) in self._plan.skip:
            return Outcome(kind, size, None, None, "left out on request")
        apart = Apart(self._plan.limit_s)
        built = None
        try:
            if kind != "exact":
                built = apart.run(kinds.build, kind, self._folder, size)
        except ChildError as error:
            return Outcome(kind, size, None, None, f"building: {error}")
        try:
            return Outcome(kind, size, built, apart.run(kinds.search, kind, self._folder, size), None)
        except ChildError as error:
            return Outcome(kind, size, built, None, f"searching: {error}")
        finally:
            vectors.layout_of(self._folder, size).approximate.unlink(missing_ok=True)


def room_lacking(vector_bytes: int, free_bytes: int) -> str | None:
    """Return why there is too little room on disk for vectors and index, or None where there is enough."""
    needed = int(vector_bytes * (1 + _INDEX_TO_VECTORS))
    if needed <= free_bytes:
        return None
    return f"it needs {needed / 2**30:,.1f} GiB on disk, {free_bytes / 2**30:,.1f} GiB are free"


def skips(names: Sequence[str]) -> frozenset[tuple[Kind, int]]:
    """Return kinds and sizes from names such as "hnsw-sq8@1000000".

    Raises:
        ValueError: a name is none.
    """
    found: set[tuple[Kind, int]] = set()
    for name in names:
        kind, _, size = name.partition("@")
        known = next((one for one in KINDS if one == kind), None)
        if known is None or not size.isdecimal():
            raise ValueError(f"{name} is not a kind and a size such as hnsw-sq8@1000000")
        found.add((known, int(size)))
    return frozenset(found)


def told(outcome: Outcome) -> str:
    """Return one line for a person who waits."""
    if outcome.searched is None:
        return f"{outcome.size:,} {outcome.kind}: {outcome.skipped}"
    built = f"built in {outcome.built.seconds:,.0f} s, " if outcome.built else ""
    return f"{outcome.size:,} {outcome.kind}: {built}effort {outcome.searched.effort}"
