"""A replica of one shard: it maps the versions that are asked for, and answers what a search asks of a shard."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from indexer.snapshot.errors import KhabarError, StoreNotFound
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.format.version_lock import lock_for_reading
from indexer.snapshot.index.vector_index import limit_threads
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_version
from indexer.snapshot.shards.requests import Request
from indexer.snapshot.shards.shard import Shard

KEPT_VERSIONS = 3
"""Searches of the version before end while those of the published one begin; a rollback goes back one more."""

_LOOK_EVERY_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _OpenShard:
    """A shard of one version, and what keeps the version from being pruned."""

    shard: Shard
    version_lock: IO[bytes] | None

    def close(self) -> None:
        """Let the version be pruned; what is mapped goes with the last reference to the shard."""
        if self.version_lock is not None:
            self.version_lock.close()


class ShardServer:
    """One replica of a shard. It maps each version that is published before it is asked for it."""

    def __init__(self, store: str, number: int) -> None:
        """Take the folder of the store, as this node finds it, and the number of the shard."""
        limit_threads()
        self._store, self._number = StoreLayout(Path(store)), number
        self._open: OrderedDict[str, _OpenShard] = OrderedDict()
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
                published = current_version(self._store)
                if published not in self._open:
                    await self._opened(published)
            except (KhabarError, OSError) as error:
                _log.warning("shard %d: %s", self._number, error)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _opened(self, version: str) -> _OpenShard:
        async with self._opening:
            if version not in self._open:
                self._open[version] = await asyncio.to_thread(open_shard, self._store, version, self._number)
                while len(self._open) > KEPT_VERSIONS:
                    self._open.popitem(last=False)[1].close()
            return self._open[version]

    def close(self) -> None:
        """Let go of all versions, and follow the store no more."""
        self._following.cancel()
        while self._open:
            self._open.popitem()[1].close()


def open_shard(store: StoreLayout, version: str, number: int) -> _OpenShard:
    """Check and map one shard of a version.

    Raises:
        StoreNotFound: there is no such version, or it has no such shard.
        SnapshotDamaged, FormatMismatch, EncoderMismatch: it cannot be trusted.
    """
    layout = store.version(version)
    try:
        version_lock = lock_for_reading(layout.manifest)
    except FileNotFoundError as error:
        raise StoreNotFound(f"no version {version} in {store.root}") from error
    except OSError:  # a file system without locks
        version_lock = None
    try:
        return _OpenShard(_checked_shard(layout, number), version_lock)
    except BaseException:
        if version_lock is not None:
            version_lock.close()
        raise


def _checked_shard(layout: VersionLayout, number: int) -> Shard:
    manifest = read_manifest(layout.manifest)
    if number >= len(manifest.shards):
        raise StoreNotFound(f"version {manifest.version} has {len(manifest.shards)} shards, and no shard {number}")
    own = layout.shard(number)
    prefix = f"{own.root.relative_to(layout.root).as_posix()}/"
    check_files(layout.root, {name: digest for name, digest in manifest.files.items() if name.startswith(prefix)})
    return Shard.open(own, manifest.shards[number].index, manifest.encoder.dim)
