"""Copying what is served from one store to another: for replicas, and for moving to another machine.

The copy is a store itself. Everything is checked on arrival and in place before CURRENT names the version, as in a
build, so services may follow either store meanwhile. The log of takedowns goes first: a copy must never show what the
original hides.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from indexer.snapshot.errors import KhabarError, StoreError, UsageError
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import Manifest, read_encoder_manifest
from indexer.snapshot.format.takedowns import heads_given_up, read_lines, read_log
from indexer.snapshot.format.version_lock import lock_for_reading
from indexer.snapshot.layout import EncoderLayout, StoreLayout, VersionLayout
from indexer.snapshot.reader import check_version, check_version_at, current_version, read_takedowns
from indexer.store.keys import replace_keys
from indexer.store.publish import install_encoder, install_version, publish
from indexer.store.staging import build_lock, staging_folder
from indexer.store.takedown import adopt_log


@dataclass(frozen=True, slots=True)
class CopyResult:
    """The version that the copy now publishes, whether its files had to be copied, and what else is in the copy."""

    version: str
    copied: bool
    takedowns: int
    keys: bool
    alerts: bool


def copy_store(source: StoreLayout, target: StoreLayout) -> CopyResult:
    """Copy what `source` publishes to `target` with encoder, takedowns, keys and alerts, and publish it there.

    Files that the target has already stay as they are if they are intact, so a second copy is fast. Takedowns that only
    the target has stay too. Keys become those of the source, unless it has none.

    Raises:
        UsageError: both are the same folder.
        StoreNotFound: the source has no published version.
        SnapshotDamaged, FormatMismatch, EncoderMismatch: something in the source cannot be trusted; the log of
            takedowns counts.
        StoreLocked: a build is running in the target.
        StoreError: each store has takedowns that the other lacks, or a file cannot be written.
    """
    if source.root.resolve() == target.root.resolve():
        raise UsageError(f"{source.root} cannot be copied to itself")
    name = current_version(source)
    with ExitStack() as stack:
        with suppress(BlockingIOError, FileNotFoundError):  # then it is gone, which checking it reports
            stack.enter_context(lock_for_reading(source.version(name).manifest))
        manifest, _ = check_version(source, name)
        read_log(source, manifest.takedowns)  # reports a log that is lost
        stack.enter_context(build_lock(target))
        staging = stack.enter_context(staging_folder(target))
        try:
            adopt_log(target, read_lines(source), heads_given_up(source))
            _copy_encoder(source, target, manifest, staging)
            copied = _copy_version(source, target, name, staging)
            keys = replace_keys(source, target)
            alerts = _copy_alerts(source, target)
            publish(target, name)
        except (OSError, sqlite3.Error, shutil.Error) as error:
            raise StoreError(f"the copy to {target.root} stopped: {error}; what it published before stays") from error
    return CopyResult(name, copied, len(read_takedowns(target).in_force()), keys, alerts)


def _copy_encoder(source: StoreLayout, target: StoreLayout, manifest: Manifest, staging: Path) -> None:
    fingerprint = manifest.served_encoder.fingerprint
    theirs, ours = source.encoder(fingerprint), target.encoder(fingerprint)
    if _is_same(theirs.manifest, ours.manifest, lambda: _check_encoder(ours)):
        return
    staged = staging / "encoder"
    shutil.copytree(theirs.root, staged)
    _check_encoder(EncoderLayout(staged))
    install_encoder(target, staged, fingerprint)


def _check_encoder(layout: EncoderLayout) -> None:
    check_files(layout.root, read_encoder_manifest(layout.manifest).files)


def _copy_version(source: StoreLayout, target: StoreLayout, name: str, staging: Path) -> bool:
    """Return whether the version had to be copied."""
    theirs, ours = source.version(name), target.version(name)
    if _is_same(theirs.manifest, ours.manifest, lambda: check_version(target, name)):
        return False
    staged = staging / "version"
    shutil.copytree(theirs.root, staged)
    check_version_at(target, VersionLayout(staged))
    if ours.root.exists():
        ours.root.rename(staging / "damaged")  # removed with the staging folder
    install_version(target, staged, name)
    return True


def _is_same(theirs: Path, ours: Path, check: Callable[[], object]) -> bool:
    """Return whether the target has what the manifest `theirs` describes, intact."""
    with suppress(KhabarError, FileNotFoundError):
        if theirs.read_bytes() == ours.read_bytes():
            check()
            return True
    return False


def _copy_alerts(source: StoreLayout, target: StoreLayout) -> bool:
    """Return whether the source has alerts; those of the target are replaced, in one transaction of SQLite."""
    if not source.alert_ledger.exists():
        return False
    with (
        closing(sqlite3.connect(f"file:{quote(str(source.alert_ledger))}?mode=ro", uri=True)) as theirs,
        closing(sqlite3.connect(target.alert_ledger)) as ours,
    ):
        theirs.backup(ours)  # one state, even if saved searches are being run
    return True
