"""Changing a store safely: one writer at a time, whole folders, one atomic swap.

A version is written into a staging folder, flushed to disk, renamed into `versions/`, and only
then named by CURRENT. Whatever stops a build before the last step leaves CURRENT as it was, and
the staging folder goes when the next build begins.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from indexer.snapshot.errors import BuildError, StoreError, StoreLocked
from indexer.snapshot.layout import EncoderLayout, StoreLayout, VersionLayout

STAGING_PREFIX = ".staging-"
"""How the folders begin that builds work in; one is left where a build was killed."""


@contextmanager
def build_lock(store: StoreLayout) -> Iterator[None]:
    """Hold the store's lock; made, where missing, is the store itself.

    The lock belongs to the process: it is free as soon as its holder is gone, however it ended.

    Raises:
        StoreLocked: another build holds it.
        StoreError: the store's folder cannot be made or written to.
    """
    lock = FileLock(store.lock)
    try:
        for folder in (store.root, store.versions, store.encoders):
            folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout as error:
        raise StoreLocked(f"another build is at work in {store.root}; try again when it has ended") from error
    except OSError as error:
        raise StoreError(f"the store {store.root} cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def staging_folder(store: StoreLayout) -> Iterator[Path]:
    """Yield an empty folder inside the store that is gone after the block unless renamed.

    What builds that were killed have left behind is removed first; call it under the lock.
    """
    for left in store.root.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=store.root))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install_encoder(store: StoreLayout, staged: Path, fingerprint: str) -> EncoderLayout:
    """Move a finished query encoder from staging to its place, replacing what stood there."""
    layout = store.encoder(fingerprint)
    _flush_folder(staged)
    if layout.root.exists():
        old = staged.with_name(f"{staged.name}.replaced")
        layout.root.rename(old)
        staged.rename(layout.root)
        shutil.rmtree(old)
    else:
        staged.rename(layout.root)
    _flush(store.encoders)
    return layout


def install_version(store: StoreLayout, staged: Path, version: str) -> VersionLayout:
    """Move a finished version from staging to its place; CURRENT does not change yet.

    Raises:
        BuildError: a version of that name exists; versions are never replaced.
    """
    layout = store.version(version)
    if layout.root.exists():
        raise BuildError(f"version {version} exists already in {store.root}")
    _flush_folder(staged)
    staged.rename(layout.root)
    _flush(store.versions)
    return layout


def set_aside(store: StoreLayout, staged: Path, version: str, reasons: Sequence[str]) -> Path:
    """Move a version that was not let through from staging to where it can be looked at, and return that place.

    Its reasons stand beside it. Only the last one is kept.
    """
    shutil.rmtree(store.rejected, ignore_errors=True)
    place = store.rejected / version
    store.rejected.mkdir()
    staged.rename(place)
    lines = "".join(f"{reason}\n" for reason in reasons)
    (store.rejected / "reasons.txt").write_text(lines, encoding="utf-8")
    return place


def publish(store: StoreLayout, version: str) -> None:
    """Let CURRENT name `version`: the one step that readers can see."""
    write_atomically(store.current, f"{version}\n")


def write_atomically(path: Path, content: str) -> None:
    """Write a file so that readers, now and after a power cut, see the old content or the new, and nothing between."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(content, encoding="utf-8")
    _flush(draft)
    draft.replace(path)
    _flush(path.parent)


def _flush_folder(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        _flush(path)
    _flush(folder)


def _flush(path: Path) -> None:
    """Make the content of a file, or the entries of a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
