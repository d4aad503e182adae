"""A plan: how many shards, replicas and machines serve an archive, and what they cost."""

import math
from dataclasses import dataclass

from benchmarks.capacity.model import CostModel
from benchmarks.harness.errors import BenchmarkError

HOURS_A_MONTH = 730
"""24 hours on 365 days, divided by 12."""

MOST_LOAD = 0.75
"""The highest load of a plan, which is the highest at which waiting was measured."""

LEAST_LOAD = 0.01
"""The load up to which less than one request in a hundred waits."""

MEMORY_SHARE = 0.8
"""The share of a machine's memory that a plan uses."""

_MOST_SHARDS_OVER_FEWEST = 4
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """What an archive has to do: `paragraphs`, requests a second, and the 99th percentile of their time in ms."""

    paragraphs: float
    queries_per_s: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that serves and builds; `price` is that of an hour."""

    cores: int
    memory_gib: float
    price: float = 0.0


@dataclass(frozen=True, slots=True)
class Embedder:
    """A machine or GPU that embeds `per_s` paragraphs a second; `price` is that of an hour, `count` how many."""

    per_s: float
    price: float = 0.0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a wish needs.

    `load` is the share of its time for which a core is busy, and `p99_ms` what results. Memory and disk are those of
    each machine; a disk has two versions and the cache of embeddings, as a night needs them. `build_memory_gib` and
    `build_h` are those of a build of one shard, apart from embedding. Prices are in the unit of those that were given.
    """

    shards: int
    replicas: int
    machines: int
    load: float
    p99_ms: float
    memory_gib: float
    disk_gib: float
    build_memory_gib: float
    build_h: float
    embedding_h: float
    embedding_price: float
    monthly_price: float


def make_plan(model: CostModel, wish: Wish, machine: Machine, embedder: Embedder) -> Plan:
    """Return the plan with the fewest machines, and of those the fewest shards.

    A query goes to every shard, as it would to as many stores: each encodes it, and the slowest answers last.

    Raises:
        BenchmarkError: no number of shards reaches the 99th percentile, or a machine is too small for any store.
    """
    fewest = _fewest_shards(model, wish, machine)
    plans = [
        _with_shards(model, wish, machine, embedder, shards)
        for shards in range(fewest, _MOST_SHARDS_OVER_FEWEST * fewest + 1)
    ]
    return min(plans, key=lambda plan: (plan.machines, plan.shards))


def _fewest_shards(model: CostModel, wish: Wish, machine: Machine) -> int:
    """Return into how many shards an archive is divided so that a machine can serve one in time, and build it.

    A load just above 0 must be possible within the 99th percentile that is wanted.
    """
    room = MEMORY_SHARE * machine.memory_gib * 2**30
    if _memory_bytes(model, 0, machine) > room:
        raise BenchmarkError(f"{machine.memory_gib:g} GiB are too few for {machine.cores} workers")
    if (idle := model.p99_ms(0, LEAST_LOAD)) > wish.p99_ms:
        raise BenchmarkError(f"a p99 of {wish.p99_ms:g} ms is out of reach: with few paragraphs it is {idle:.0f} ms")
    shards = 1
    while (
        _memory_bytes(model, wish.paragraphs / shards, machine) > room
        or model.p99_ms(wish.paragraphs / shards, LEAST_LOAD) > wish.p99_ms
    ):
        shards += 1
    return shards


def _memory_bytes(model: CostModel, paragraphs: float, machine: Machine) -> float:
    return max(model.memory_bytes(paragraphs, machine.cores), model.build_bytes.at(paragraphs))


def _with_shards(model: CostModel, wish: Wish, machine: Machine, embedder: Embedder, shards: int) -> Plan:
    of_shard = wish.paragraphs / shards
    load = highest_load(model, of_shard, wish.p99_ms)
    replicas = max(1, math.ceil(wish.queries_per_s * model.core_s.at(of_shard) / (machine.cores * load)))
    used = wish.queries_per_s * model.core_s.at(of_shard) / (machine.cores * replicas)
    machines = shards * replicas
    embedding_h = wish.paragraphs / embedder.per_s / 3600
    disk_bytes = 2 * model.version_bytes.at(of_shard) + model.cache_bytes.at(of_shard)
    return Plan(
        shards=shards,
        replicas=replicas,
        machines=machines,
        load=used,
        p99_ms=model.p99_ms(of_shard, used),
        memory_gib=model.memory_bytes(of_shard, machine.cores) / 2**30,
        disk_gib=disk_bytes / 2**30,
        build_memory_gib=model.build_bytes.at(of_shard) / 2**30,
        build_h=model.build_s.at(of_shard) / 3600,
        embedding_h=embedding_h / embedder.count,
        embedding_price=embedding_h * embedder.price,
        monthly_price=machines * machine.price * HOURS_A_MONTH,
    )


def highest_load(model: CostModel, paragraphs: float, p99_ms: float) -> float:
    """Return the highest load from `LEAST_LOAD` to `MOST_LOAD` with a 99th percentile of `p99_ms` at most.

    The 99th percentile rises with the load. It must be within `p99_ms` at the least one.
    """
    if model.p99_ms(paragraphs, MOST_LOAD) <= p99_ms:
        return MOST_LOAD
    low, high = LEAST_LOAD, MOST_LOAD
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if model.p99_ms(paragraphs, middle) <= p99_ms:
            low = middle
        else:
            high = middle
    return low
