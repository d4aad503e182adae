"""Bringing what a store in another place publishes to a store on this machine.

Everything is checked on arrival and put into place as a copy is (`copy.py`). Takedowns come first, and apart from
versions, which may take long to arrive.
"""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from indexer.snapshot.errors import KhabarError, StoreError
from indexer.snapshot.files.durable_files import create_folder
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import Manifest, read_encoder_manifest
from indexer.snapshot.format.takedowns import TakedownHead, heads_given_up, read_lines, read_log
from indexer.snapshot.layout import EncoderLayout, StoreLayout, VersionLayout
from indexer.snapshot.reader import check_version, check_version_at, read_takedowns
from indexer.store.copy import CopyResult
from indexer.store.keys import replace_keys
from indexer.store.publish import install_encoder, install_version, publish
from indexer.store.remote.fetch import fetch_file, fetch_files, fetch_manifest, naming_source, published_version
from indexer.store.remote.remote_store import THERE, RemoteStore
from indexer.store.staging import build_lock, staging_folder
from indexer.store.takedown import adopt_log

ACCESS_PREFIX = ".access-"
"""The names of the folders in which what was just read is looked at; a killed process leaves one behind."""


class AccessFiles(NamedTuple):
    """The files that say who may see what, as they are in the other store; None for one that it lacks."""

    takedowns_head: bytes | None
    takedowns: bytes | None
    keys: bytes | None


def read_access_files(source: RemoteStore) -> AccessFiles:
    """Read the takedowns and the keys of the other store.

    Raises:
        StoreNotFound: nothing is published there: a place that is gone has no takedowns either.
        StoreError: they cannot be read.
    """
    # The head first: what it says is in the log, whenever the log is read afterwards.
    files = AccessFiles(*(source.read(getattr(THERE, name)) for name in AccessFiles._fields))
    published_version(source)
    return files


def adopt_access_files(
    source: RemoteStore, files: AccessFiles, copy: StoreLayout, known: TakedownHead | None
) -> TakedownHead:
    """Go on with the keys and the takedowns of the other store; return the head of its log.

    `known` is a head that its log had before. Takedowns that only the copy has stay; keys too, if the other has none.

    Raises:
        SnapshotDamaged: the other log has lost lines, or a file cannot be understood.
        StoreError: each store has takedowns that the other lacks, or the copy cannot be written.
    """
    try:
        with TemporaryDirectory(prefix=ACCESS_PREFIX, dir=copy.root) as folder, naming_source(source, Path(folder)):
            theirs = StoreLayout(Path(folder))
            for name, content in files._asdict().items():
                if content is not None:
                    getattr(theirs, name).write_bytes(content)
            replace_keys(theirs, copy)
            log = read_log(theirs, known)
            adopt_log(copy, read_lines(theirs), heads_given_up(theirs))
            return log.head
    except OSError as error:
        raise StoreError(f"{copy.root} cannot be written: {error}") from error


def pull_store(source: RemoteStore, copy: StoreLayout) -> CopyResult:
    """Bring the takedowns, the keys and the published version, and publish it; raises as the functions here do."""
    name = published_version(source)
    create_folder(copy.root)
    adopt_access_files(source, read_access_files(source), copy, None)
    copied = pull_version(source, copy, name)
    return CopyResult(name, copied, len(read_takedowns(copy).in_force()), copy.keys.exists(), alerts=False)


def pull_version(source: RemoteStore, copy: StoreLayout, name: str) -> bool:
    """Bring a version and its query encoder, and publish it; return whether its files had to be brought.

    Raises:
        SnapshotDamaged, FormatMismatch, EncoderMismatch: what arrives cannot be trusted; nothing is published.
        StoreLocked: somebody else is writing to the copy.
        StoreError: it cannot be read there or written here.
    """
    with build_lock(copy), staging_folder(copy) as staging, naming_source(source, staging):
        manifest = fetch_manifest(source, name, VersionLayout(staging / "version"))
        is_here = _is_intact(copy, name, manifest)
        try:
            read_log(copy, manifest.takedowns)  # what the version was built without is known here
            if not is_here:
                _bring(source, copy, manifest, staging)
            publish(copy, name)
        except OSError as error:
            raise StoreError(f"{copy.root} cannot be written: {error}; what it published before stays") from error
    return not is_here


def _is_intact(copy: StoreLayout, name: str, manifest: Manifest) -> bool:
    """Return whether the copy has a version with this manifest, and everything in it as it should be."""
    try:
        return check_version(copy, name)[0] == manifest
    except KhabarError:
        return False


def _bring(source: RemoteStore, copy: StoreLayout, manifest: Manifest, staging: Path) -> None:
    name = manifest.version
    staged, there = VersionLayout(staging / "version"), THERE.version(name)
    _bring_encoder(source, copy, manifest, staging)
    fetch_files(source, there.root, manifest.files, staged.root)
    source.fetch(there.report, staged.report)  # nobody needs it to serve, and it has no checksum
    check_version_at(copy, staged)
    if copy.version(name).root.exists():
        copy.version(name).root.rename(staging / "damaged")  # removed with the staging folder
    install_version(copy, staged.root, name)


def _bring_encoder(source: RemoteStore, copy: StoreLayout, manifest: Manifest, staging: Path) -> None:
    fingerprint = manifest.served_encoder.fingerprint
    staged, there = EncoderLayout(staging / "encoder"), THERE.encoder(fingerprint)
    fetch_file(source, there.manifest, staged.manifest)
    files = read_encoder_manifest(staged.manifest).files
    ours = copy.encoder(fingerprint)
    with suppress(KhabarError, FileNotFoundError):
        if ours.manifest.read_bytes() == staged.manifest.read_bytes():
            check_files(ours.root, files)
            return
    fetch_files(source, there.root, files, staged.root)
    check_files(staged.root, files)
    install_encoder(copy, staged.root, fingerprint)
