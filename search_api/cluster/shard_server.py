"""A replica of one shard: it maps the versions that are asked for, and answers what a search asks of a shard."""

import asyncio
import logging
from collections import OrderedDict
from typing import Any

from indexer.snapshot.errors import KhabarError
from indexer.snapshot.index.vector_index import limit_threads
from indexer.snapshot.shards.requests import Request
from search_api.cluster.shard_source import OpenShard, shard_source

KEPT_VERSIONS = 3
"""Searches of the version before end while those of the published one begin; a rollback goes back one more."""

_log = logging.getLogger(__name__)


class ShardServer:
    """One replica of a shard. It maps each version that is published before it is asked for it."""

    def __init__(self, store: str, number: int) -> None:
        """Take the folder of the store, as this node finds it, or its address, and the number of the shard."""
        limit_threads()
        self._source, self._number = shard_source(store, number), number
        self._open: OrderedDict[str, OpenShard] = OrderedDict()
        self._opening = asyncio.Lock()
        self._following = asyncio.get_event_loop().create_task(self._follow())

    async def answer(self, version: str, request: Request[Any], question: int | None = None) -> Any:  # noqa: ARG002
        """Return what the shard of a version answers to a request; `question` is for `request_router.py`.

        Raises:
            StoreError: the version is not in the store of this node, or cannot be trusted.
        """
        known = self._open.get(version) or await self._opened(version)
        return request(known.shard)

    async def _follow(self) -> None:
        while True:
            try:
                published = await asyncio.to_thread(self._source.published_version)
                if published not in self._open:
                    await self._opened(published)
            except (KhabarError, OSError) as error:
                _log.warning("shard %d: %s", self._number, error)
            await asyncio.sleep(self._source.look_every_s)

    async def _opened(self, version: str) -> OpenShard:
        async with self._opening:
            if version not in self._open:
                self._open[version] = await asyncio.to_thread(self._source.open, version)
                while len(self._open) > KEPT_VERSIONS:
                    self._open.popitem(last=False)[1].close()
                await asyncio.to_thread(self._source.keep_only, [*self._open])
            return self._open[version]

    def close(self) -> None:
        """Let go of all versions, and follow the store no more."""
        self._following.cancel()
        while self._open:
            self._open.popitem()[1].close()
