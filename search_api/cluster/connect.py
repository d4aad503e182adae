"""Where a service finds the shards of a store: what its settings say."""

from functools import lru_cache

from indexer.snapshot.errors import UsageError
from indexer.snapshot.shards.open import ConnectShards, open_local_shards
from search_api.settings import Settings


def shard_connector(settings: Settings) -> ConnectShards:
    """Return what gives the shards of a version; a process connects to its cluster once.

    Raises:
        UsageError: Ray is not installed, there is no cluster at the address, or there is an address without the engine.
    """
    if settings.engine == "local":
        if settings.ray_address is not None:
            raise UsageError("--ray-address needs --engine ray")
        return open_local_shards
    # Replicas on other machines bring their shards from where this store's copy comes from too.
    store = settings.replica_of or str(settings.store.resolve())
    return _connection(settings.ray_address, store, settings.shard_replicas, settings.shard_deadline_s)


@lru_cache(1)
def _connection(address: str | None, store: str, replicas: int, deadline_s: float) -> ConnectShards:
    from search_api.cluster.ray_shards import RayConnection  # the service without a cluster imports nothing of Ray

    return RayConnection(address, store, replicas, deadline_s)
