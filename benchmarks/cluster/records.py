"""Raw records: how the answers of divided stores compare with one piece, every level of load, and every fault."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from benchmarks.load.closed_loop import ClosedLoad


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """One search, answered by a store in one piece and by one in shards.

    `is_equal` says whether all hits are the same paragraphs in the same order, and facets and confidence are equal too.
    `score_error` is the greatest difference between scores of the same place. `found` is how many of the first ten hits
    of one piece are among the first ten of the shards, and `n_first` how many there are: none on a later page.
    """

    is_equal: bool
    score_error: float
    found: int
    n_first: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All searches of one divided store; `kinds` are those of its indexes."""

    shards: int
    kinds: list[str]
    pairs: list[AnswerPair]


@dataclass(frozen=True, slots=True)
class ClusterLevel:
    """One level of load on one process without Ray (`on_ray` False), or beside it on shards over Ray.

    Both levels of a round and a number of shards follow each other. `cpu_s` is the processor time of all processes.
    `swaps` is how many versions were published meanwhile.
    """

    shards: int
    replicas: int
    round: int
    on_ray: bool
    load: ClosedLoad
    cpu_s: float
    swaps: int


class FaultKind(StrEnum):
    """What is killed while a build embeds: an encoder, the node that it is on, or the build itself."""

    ENCODER = "encoder"
    NODE = "node"
    BUILD = "build"


@dataclass(frozen=True, slots=True)
class EmbeddingFault:
    """One fault, after which so many vectors were in the cache, so many seconds after the first build began."""

    kind: FaultKind
    embedded: int
    after_s: float


@dataclass(frozen=True, slots=True)
class EmbeddingRun:
    """A build of so many different texts that was disturbed, and one without faults and without Ray.

    `failures` are the last lines of builds that ended by themselves. `cached` counts the vectors in the cache at the
    end, and `embedded_by_last` those that the last build embedded. `differing` vectors are not those of the undisturbed
    build in every bit, and `smallest_cosine` is the smallest one between a vector and itself there. Times are wall
    seconds.
    """

    texts: int
    faults: list[EmbeddingFault]
    failures: list[str]
    cached: int
    embedded_by_last: int
    differing: int
    smallest_cosine: float
    wall_s: float
    undisturbed_s: float


@dataclass(frozen=True, slots=True)
class Phase:
    """What a service on a cluster answered while one thing happened.

    `failed` requests got an error or no answer. `incomplete` answers said that shards are missing. `wrong` ones were
    complete, and not the answer of the version that they name. `latencies_ms` counts answers by rounded milliseconds.
    `whole_after_s` is the time from the fault to the last answer that was not right; 0 if all were.
    """

    name: str
    replicas: int
    requests: int
    failed: int
    incomplete: int
    wrong: int
    whole_after_s: float
    latencies_ms: dict[int, int]


@dataclass(frozen=True, slots=True)
class Records:
    """Runs of all commands: stores of so many paragraphs, a build under faults, and a service under faults."""

    paragraphs: int = 0
    comparisons: list[Comparison] = field(default_factory=list)
    levels: list[ClusterLevel] = field(default_factory=list)
    embedding: EmbeddingRun | None = None
    phases: list[Phase] = field(default_factory=list)

    def with_measured(
        self, paragraphs: int, comparisons: Sequence[Comparison], levels: Sequence[ClusterLevel]
    ) -> "Records":
        """Return records with new comparisons in place of those of like stores, and new levels if there are any."""
        new = {(each.shards, *each.kinds): each for each in comparisons}
        kept = [each for each in self.comparisons if (each.shards, *each.kinds) not in new]
        in_order = sorted([*kept, *comparisons], key=lambda each: (each.kinds != ["exact"], each.shards))
        return replace(self, paragraphs=paragraphs, comparisons=in_order, levels=[*levels] or self.levels)
