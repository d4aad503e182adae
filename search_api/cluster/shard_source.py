"""Where a replica of a shard finds it: in a folder that all nodes share, or at an address, which it copies from."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from platformdirs import user_cache_path

from indexer.snapshot.errors import SnapshotDamaged, StoreNotFound
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.format.version_lock import lock_for_reading
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_version
from indexer.snapshot.shards.shard import Shard


@dataclass(frozen=True, slots=True)
class OpenShard:
    """A shard of one version, and what keeps the version from being pruned."""

    shard: Shard
    version_lock: IO[bytes] | None

    def close(self) -> None:
        """Let the version be pruned; what is mapped goes with the last reference to the shard."""
        if self.version_lock is not None:
            self.version_lock.close()


class ShardSource(Protocol):
    """One shard of all versions of a store. What it does may take long, and may be done in any thread."""

    look_every_s: float
    """How often to look for another published version, in seconds."""

    def published_version(self) -> str:
        """Return the name of the published version.

        Raises:
            StoreError: it cannot be read.
        """

    def open(self, version: str) -> OpenShard:
        """Check and map the shard of a version.

        Raises:
            StoreNotFound: there is no such version, or it has no such shard.
            SnapshotDamaged, FormatMismatch, EncoderMismatch: it cannot be trusted.
            StoreError: it cannot be read.
        """

    def keep_only(self, versions: Collection[str]) -> None:
        """Hear that the other versions are needed no more."""


class FolderShardSource:
    """A shard in the folder of the store."""

    look_every_s = 1.0

    def __init__(self, store: StoreLayout, number: int) -> None:
        """Take the store as this node finds it, and the number of the shard."""
        self._store, self._number = store, number

    def published_version(self) -> str:
        """Return the name of the published version."""
        return current_version(self._store)

    def open(self, version: str) -> OpenShard:
        """Check and map the shard of a version."""
        return open_shard(self._store, version, self._number)

    def keep_only(self, versions: Collection[str]) -> None:
        """Do nothing: the store has its own rules for versions."""


class RemoteShardSource:
    """A shard of a store at an address, copied into a folder of this node."""

    look_every_s = 2.0

    def __init__(self, url: str, number: int, folder: Path | None = None) -> None:
        """Take the address and the number of the shard; by default, copies are in the user's cache.

        Raises:
            UsageError: the address is none.
        """
        from indexer.store.remote.shard_copies import ShardCopies  # with a folder, nothing of it is needed

        name = hashlib.sha256(url.encode()).hexdigest()[:16]
        self._copies = ShardCopies(url, folder or user_cache_path("khabar") / "shards" / name, number)
        self._number = number

    def published_version(self) -> str:
        """Return the name of the published version."""
        return self._copies.published_version()

    def open(self, version: str) -> OpenShard:
        """Check and map the shard of a version; a copy that was damaged meanwhile is made again."""
        self._copies.bring(version)
        try:
            return open_shard(self._copies.store, version, self._number)
        except SnapshotDamaged:
            self._copies.remove(version)
            self._copies.bring(version)
            return open_shard(self._copies.store, version, self._number)

    def keep_only(self, versions: Collection[str]) -> None:
        """Remove the copies of other versions."""
        self._copies.keep_only(versions)


def shard_source(store: str, number: int) -> ShardSource:
    """Return where a shard is, by the folder or the address of its store.

    Raises:
        UsageError: the address is none.
    """
    return RemoteShardSource(store, number) if "://" in store else FolderShardSource(StoreLayout(Path(store)), number)


def open_shard(store: StoreLayout, version: str, number: int) -> OpenShard:
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
        return OpenShard(_checked_shard(layout, number), version_lock)
    except BaseException:
        if version_lock is not None:
            version_lock.close()
        raise


def _checked_shard(layout: VersionLayout, number: int) -> Shard:
    manifest = read_manifest(layout.manifest)
    check_files(layout.root, manifest.files_of_shard(number))
    return Shard.open(layout.shard(number), manifest.shards[number].index, manifest.encoder.dim)
