"""Files of a store in another place, brought to this machine; whoever brings them checks what arrives."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from indexer.snapshot.errors import KhabarError, SnapshotDamaged, StoreNotFound
from indexer.snapshot.format.manifest import Manifest, read_manifest
from indexer.snapshot.layout import VersionLayout, is_folder_name
from indexer.store.remote.remote_store import THERE, RemoteStore


def published_version(source: RemoteStore) -> str:
    """Return the name of the version that the other store publishes.

    Raises:
        StoreNotFound: it publishes nothing.
        StoreError: it cannot be read.
    """
    content = source.read(THERE.current)
    if content is None:
        raise StoreNotFound(f"nothing is published at {source.name}: it has no file {THERE.current}")
    name = content.decode(errors="replace").strip()
    if not is_folder_name(name):
        raise SnapshotDamaged(f"{source.name}/{THERE.current} has no name of a version: {name[:80]!r}")
    return name


def fetch_manifest(source: RemoteStore, name: str, staged: VersionLayout) -> Manifest:
    """Bring the manifest of a version.

    Raises:
        SnapshotDamaged: it is missing, or not one of this version.
        StoreError: it cannot be read there or written here.
    """
    fetch_file(source, THERE.version(name).manifest, staged.manifest)
    manifest = read_manifest(staged.manifest)
    if manifest.version != name:
        raise SnapshotDamaged(f"the manifest of version {name} describes version {manifest.version}")
    return manifest


def fetch_files(source: RemoteStore, there: Path, files: Mapping[str, str], folder: Path) -> None:
    """Bring the files of a folder that a manifest names; raises as `fetch_file` does."""
    for name in _checked_names(files):
        fetch_file(source, there / name, folder / name)


def fetch_file(source: RemoteStore, path: Path, target: Path) -> None:
    """Bring a file that has to be there.

    Raises:
        SnapshotDamaged: it is missing.
        StoreError: it cannot be read there or written here.
    """
    if not source.fetch(path, target):
        raise SnapshotDamaged(f"{source.name}/{path.as_posix()} is missing")


def _checked_names(files: Iterable[str]) -> list[str]:
    """Return names of files, none of which leads out of their folder."""
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise SnapshotDamaged(f"a manifest names {name!r}, which is no file of its own folder")
    return sorted(files)


@contextmanager
def naming_source(source: RemoteStore, folder: Path) -> Iterator[None]:
    """Let errors in what has just arrived in `folder` name the place where it comes from."""
    try:
        yield
    except KhabarError as error:
        if str(folder) not in str(error):
            raise
        raise type(error)(str(error).replace(str(folder), source.name)) from error
