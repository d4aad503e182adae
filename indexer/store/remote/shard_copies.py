"""Copies of one shard of a store in another place, on a machine that answers from this shard and nothing else."""

import shutil
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.snapshot.errors import StoreError
from indexer.snapshot.files.durable_files import create_folder
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.store.remote.fetch import fetch_files, fetch_manifest, naming_source, published_version
from indexer.store.remote.remote_store import THERE, RemoteStore


class ShardCopies:
    """The copies of one shard, a version each, in a folder where other shards may have theirs.

    The folder has the layout of a store: `store` is it. Of a version it has the manifest and the files of shards.
    """

    def __init__(self, url: str, folder: Path, number: int) -> None:
        """Take the address of the store, the folder for its copies, and the number of the shard.

        Raises:
            UsageError: the address is none.
        """
        self._source, self._number = RemoteStore(url), number
        self.store = StoreLayout(folder)
        self._prefix = f".shard-{number:04d}-"
        for abandoned in folder.glob(f"{self._prefix}*"):  # by a process that was killed
            shutil.rmtree(abandoned, ignore_errors=True)

    def published_version(self) -> str:
        """Return the name of the version that the store publishes; raises as the function does."""
        return published_version(self._source)

    def bring(self, version: str) -> None:
        """Bring the shard of a version, unless it is here.

        Raises:
            StoreNotFound: the version has no such shard.
            SnapshotDamaged: what arrives cannot be trusted, or the version is not there.
            StoreError: it cannot be read there or written here.
        """
        ours = self.store.version(version)
        if ours.manifest.exists() and ours.shard(self._number).root.exists():
            return
        try:
            create_folder(self.store.root)
            with (
                TemporaryDirectory(prefix=self._prefix, dir=self.store.root) as folder,
                naming_source(self._source, Path(folder)),
            ):
                staged = VersionLayout(Path(folder))
                files = fetch_manifest(self._source, version, staged).files_of_shard(self._number)
                fetch_files(self._source, THERE.version(version).root, files, staged.root)
                check_files(staged.root, files)
                create_folder(ours.shard(self._number).root.parent)
                staged.manifest.replace(ours.manifest)
                staged.shard(self._number).root.rename(ours.shard(self._number).root)
        except OSError as error:
            if not ours.shard(self._number).root.exists():  # else another replica on this machine was faster
                raise StoreError(f"{self.store.root} cannot be written: {error}") from error

    def keep_only(self, versions: Collection[str]) -> None:
        """Remove the copies of other versions; what is mapped can still be read."""
        for folder in self.store.versions.glob("*"):
            if folder.name not in versions:
                self.remove(folder.name)

    def remove(self, version: str) -> None:
        """Remove the copy of a version, and what no shard of it needs."""
        ours = self.store.version(version)
        shard = ours.shard(self._number).root
        shutil.rmtree(shard, ignore_errors=True)
        if not any(shard.parent.glob("*")):
            shutil.rmtree(ours.root, ignore_errors=True)
