"""Raw records: how the answers of divided stores compare with those of one piece, and every level of load."""

from dataclasses import dataclass

from benchmarks.load.closed_loop import ClosedLoad


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """One search, answered by a store in one piece and by one in shards.

    `is_equal` says whether all hits are the same paragraphs in the same order, and facets and confidence are equal too.
    `score_error` is the greatest difference between scores of the same place. `found` is how many of the first ten hits
    of one piece are among the first ten of the shards, and `n_first` how many there are.
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


@dataclass(frozen=True, slots=True)
class Records:
    """One run over stores of so many paragraphs."""

    paragraphs: int
    comparisons: list[Comparison]
    levels: list[ClusterLevel]
