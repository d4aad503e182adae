"""Raw records of one run: everything that was measured. Figures are computed from them later."""

from dataclasses import dataclass

from benchmarks.build.rates import Rates
from benchmarks.build.runs import Rebuild
from benchmarks.harness.build_process import BuildRun


@dataclass(frozen=True, slots=True)
class SizeRecord:
    """One size: its first build and the rebuilds after it.

    `from_empty` is False if the first build reused the embeddings of another store.
    """

    size: int
    from_empty: bool
    first: BuildRun
    rebuilds: list[Rebuild]


@dataclass(frozen=True, slots=True)
class Records:
    """One run, in order of size; `rates` is None if embedding was not measured."""

    sizes: list[SizeRecord]
    rates: Rates | None
