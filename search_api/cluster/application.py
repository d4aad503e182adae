"""The Ray Serve application that has the shards of a store: a deployment for each, and one that says what they are."""

import math
from dataclasses import dataclass
from typing import Any

from search_api.cluster.shard_server import ShardServer

NAME = "khabar"
"""The name of the application in a cluster."""

DIRECTORY = "directory"

_ROUTER = "search_api.cluster.request_router.RepeatedQuestionRouter"

_MOST_WAITING = 1_000
"""Requests that are with a replica at a time; how much work waits is bounded where searches are admitted."""


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What the application has: the store's folder as every node finds it, or its address; shards, replicas of each."""

    store: str
    n_shards: int
    replicas: int


class ShardDirectory:
    """Says what the application has."""

    def __init__(self, plan: ShardPlan, *_shards: object) -> None:
        self._plan = plan

    async def plan(self) -> ShardPlan:
        """Return what the application has."""
        return self._plan


def deployment_of(number: int) -> str:
    """Return the name of a shard's deployment."""
    return f"shard-{number}"


def application(store: str, n_shards: int = 1, replicas: int = 1, n_nodes: int = 1) -> Any:
    """Return the application; a Ray Serve configuration names this function as its import path.

    A replica needs memory and a core while it answers, and reserves neither. Of `n_nodes` none has two replicas of a
    shard, unless there are fewer nodes than replicas: so a node that ends takes no shard with it.
    """
    from ray import serve  # the service without a cluster imports nothing of Ray

    reserves_nothing = {"num_cpus": 0}
    directory = serve.deployment(name=DIRECTORY, ray_actor_options=reserves_nothing)(ShardDirectory)
    shard = serve.deployment(
        num_replicas=int(replicas),
        request_router_config={"request_router_class": _ROUTER},
        max_replicas_per_node=math.ceil(int(replicas) / int(n_nodes)),
        max_ongoing_requests=_MOST_WAITING,
        ray_actor_options=reserves_nothing,
    )(ShardServer)
    shards = [shard.options(name=deployment_of(number)).bind(store, number) for number in range(int(n_shards))]
    return directory.bind(ShardPlan(store, int(n_shards), int(replicas)), *shards)
