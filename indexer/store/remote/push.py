"""Sending what a store publishes to a place such as a bucket, from where replicas follow it.

Files that replicas read first are written last, so that whatever they see at any moment is whole: the log of takedowns
before its head, the files of a version before its manifest, and CURRENT at the end.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from indexer.snapshot.errors import StoreError
from indexer.snapshot.files.locks import locked
from indexer.snapshot.format.takedowns import NO_TAKEDOWNS, head_of, head_text, heads_given_up, read_lines, read_log
from indexer.snapshot.format.version_lock import lock_for_reading
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version
from indexer.store.copy import CopyResult
from indexer.store.remote.remote_store import THERE, RemoteStore

KEPT_VERSIONS = 3
"""Versions that stay there: the published one and the newest before it, for replicas that are bringing one and for
rolling back."""


def push_store(source: StoreLayout, target: RemoteStore) -> CopyResult:
    """Send what `source` publishes with encoder, takedowns and keys, and publish it there.

    Files that are there already are not sent again. Older versions are removed there, but for `KEPT_VERSIONS`, and
    encoders that none of these needs. While another process sends the store somewhere, this waits: no older state may
    follow a later one.

    Raises:
        StoreNotFound: the source has no published version.
        SnapshotDamaged, FormatMismatch, EncoderMismatch: something in the source cannot be trusted.
        StoreError: the place has takedowns that the source lacks, or cannot be read or written.
    """
    current_version(source)  # fails if there is no store; the lock would create one
    with ExitStack() as stack:
        stack.enter_context(locked(source.export_lock))
        name = current_version(source)
        with suppress(BlockingIOError, FileNotFoundError):  # then it is gone, which checking it reports
            stack.enter_context(lock_for_reading(source.version(name).manifest))
        manifest, encoder_manifest = check_version(source, name)
        takedowns = len(read_log(source, manifest.takedowns).in_force())
        _send_access_files(source, target)
        fingerprint = manifest.served_encoder.fingerprint
        encoder, version = source.encoder(fingerprint), source.version(name)
        there = THERE.encoder(fingerprint).root
        _send_folder(encoder.root, target, there, encoder_manifest.files, encoder.manifest.name)
        files = [*manifest.files, *([version.report.name] if version.report.exists() else ())]
        copied = _send_folder(version.root, target, THERE.version(name).root, files, version.manifest.name)
        target.write(THERE.current, f"{name}\n".encode())
        _remove_older_versions(target, name)
    return CopyResult(name, copied, takedowns, source.keys.exists(), alerts=False)


def _send_access_files(source: StoreLayout, target: RemoteStore) -> None:
    """Send the log of takedowns, its head and the keys."""
    there = target.read(THERE.takedowns) or b""
    lines, given_up = read_lines(source), heads_given_up(source)
    _refuse_other_takedowns(source, target, [line for line in there.splitlines() if line.strip()])
    if lines:
        if target.read(THERE.takedowns_head) is None:
            target.write(THERE.takedowns_head, head_text(NO_TAKEDOWNS, given_up).encode())
        target.write(THERE.takedowns, b"".join(line + b"\n" for line in lines))
        target.write(THERE.takedowns_head, head_text(head_of(lines), given_up).encode())
    if source.keys.exists():
        target.write(THERE.keys, source.keys.read_bytes())


def _refuse_other_takedowns(source: StoreLayout, target: RemoteStore, there: Sequence[bytes]) -> None:
    """Refuse to replace a log that has lines which the source lacks: an article would be shown again."""
    is_part = read_lines(source)[: len(there)] == list(there)
    if not is_part and head_of(there) not in heads_given_up(source):
        raise StoreError(
            f"{target.name} has takedowns that {source.root} lacks: bring them here with "
            f"`khabar store import {target.name} --store {source.root}`, and export again"
        )


def _send_folder(source: Path, target: RemoteStore, there: Path, files: Iterable[str], manifest: str) -> bool:
    """Send the files of a folder, and its manifest last; return False if the same manifest is there already."""
    content = (source / manifest).read_bytes()
    if target.read(there / manifest) == content:
        return False
    for name in sorted(files):
        target.send(source / name, there / name)
    target.write(there / manifest, content)
    return True


def _remove_older_versions(target: RemoteStore, published: str) -> None:
    others = [name for name in target.folders(THERE.versions) if name != published]
    n_unwanted = max(len(others) - (KEPT_VERSIONS - 1), 0)
    for name in others[:n_unwanted]:
        target.remove(THERE.version(name).manifest)  # first: with a manifest, a version counts as whole
        target.remove(THERE.version(name).root)
    manifests = [target.read(THERE.version(name).manifest) or b"" for name in (published, *others[n_unwanted:])]
    for fingerprint in target.folders(THERE.encoders):
        if not any(fingerprint.encode() in manifest for manifest in manifests):
            target.remove(THERE.encoder(fingerprint).manifest)
            target.remove(THERE.encoder(fingerprint).root)
