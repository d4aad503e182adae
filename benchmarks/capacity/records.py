"""Raw records of one run: everything that was measured. Figures are computed from them later."""

from dataclasses import dataclass

from benchmarks.harness.build_process import BuildRun
from benchmarks.load.levels import ClosedLevel, OpenLevel


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes of a version's files: full `vectors`, `candidates` (the approximate indexes), `words`, `texts`, the rest.

    `cache_bytes` are those of the embeddings that the store keeps for its next build.
    """

    vectors: int
    candidates: int
    words: int
    texts: int
    rest: int
    cache_bytes: int


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """`khabar serve` on a store with one worker for each core, without a cache of queries.

    `one_client` and `busy` are closed loops; `arrivals` are open loops with Poisson arrivals. `pss_bytes` counts shared
    pages once, `private_bytes` pages of one process; both are read after the load.
    """

    workers: int
    ready_after_s: float
    one_client: ClosedLevel
    busy: ClosedLevel
    arrivals: list[OpenLevel]
    pss_bytes: int
    private_bytes: int


@dataclass(frozen=True, slots=True)
class SizeRecord:
    """One size: its build, its files, and its service. `kinds` are those of the index, by language.

    With `synthetic` vectors, the build found all of them in its cache; otherwise it embedded each paragraph.
    """

    synthetic: bool
    build: BuildRun
    disk: DiskUse
    kinds: dict[str, str]
    service: ServiceRecord


@dataclass(frozen=True, slots=True)
class Records:
    """One run, in order of size; `cores` are those of the machine, `device` and `precision` those of embedding."""

    cores: int
    device: str
    precision: str
    sizes: list[SizeRecord]
