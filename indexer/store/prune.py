"""Removing old versions, and the encoders and cached vectors that no remaining version needs."""

import shutil
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from indexer.embedding.cache import EmbeddingCache, read_keys
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import StoreError
from indexer.snapshot.files.durable_files import flush
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.format.version_lock import lock_if_unused
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.store.staging import STAGING_PREFIX, build_lock
from indexer.store.versions import list_versions

_REMOVING_PREFIX = ".removing-"


@dataclass(frozen=True, slots=True)
class PruneResult:
    """Versions and encoders that were removed, versions that are in use and stay, and the number of dropped vectors."""

    removed: tuple[str, ...]
    in_use: tuple[str, ...]
    encoders: tuple[str, ...]
    vectors: int


def prune(store: StoreLayout, keep: int, *, unwanted: Collection[str] = ()) -> PruneResult:
    """Remove all versions but the published one and the newest `keep`, and what no remaining version needs.

    Versions that have `unwanted` articles, by id, are removed as well, and with them the rejected version and what
    killed builds have left. A version that a process has open stays until the next pruning.

    Raises:
        StoreLocked: a build is running.
        StoreError: nothing is published, the published version has unwanted articles, or the store cannot be written.
    """
    current_version(store)  # fails if there is no store; the lock would create one
    with build_lock(store):
        names, current = list_versions(store), current_version(store)
        to_keep = {current, *names[-keep:]}
        if unwanted:
            to_keep = {name for name in to_keep if not _has_articles(store, name, unwanted)}
            if current not in to_keep:
                raise StoreError(
                    f"version {current}, which is published, still has articles that are taken down, or cannot be "
                    "read: build once more with `khabar index build`, which leaves them out, and try again"
                )
            for leftover in (store.rejected, *store.root.glob(f"{STAGING_PREFIX}*")):
                shutil.rmtree(leftover, ignore_errors=True)
        for half_removed in store.versions.glob(f"{_REMOVING_PREFIX}*"):  # left by a pruning that was killed
            shutil.rmtree(half_removed, ignore_errors=True)
        removed: list[str] = []
        in_use: list[str] = []
        for name in names:
            if name not in to_keep:
                (removed if _remove_unless_in_use(store, name) else in_use).append(name)
        if unwanted:
            _refuse_leftovers(store)
        remaining = [*to_keep, *in_use]
        try:
            manifests = [read_manifest(store.version(name).manifest) for name in remaining]
        except StoreError:  # it is unknown what the unreadable version needs
            return PruneResult(tuple(removed), tuple(in_use), (), 0)
        encoders = _remove_encoders(store, {manifest.served_encoder.fingerprint for manifest in manifests})
        needed = {spec.fingerprint for each in manifests for spec in (each.encoder, each.served_encoder)}
        return PruneResult(tuple(removed), tuple(in_use), encoders, _prune_cache(store, remaining, needed))


def _refuse_leftovers(store: StoreLayout) -> None:
    """Raise StoreError if a folder that had to go is still there."""
    hidden = [*store.root.glob(f"{STAGING_PREFIX}*"), *store.versions.glob(f"{_REMOVING_PREFIX}*")]
    left = [path for path in (store.rejected, *hidden) if path.exists()]
    if left:
        raise StoreError(
            f"{', '.join(map(str, left))} cannot be removed: look at the owner of its files, and try again"
        )


def _has_articles(store: StoreLayout, name: str, article_ids: Collection[str]) -> bool:
    """Return whether a version has one of some articles; a corpus that cannot be read may have them all."""
    try:
        with Corpus(store.version(name).corpus) as corpus:
            return bool(corpus.article_rows(article_ids))
    except (StoreError, sqlite3.Error):
        return True


def _remove_unless_in_use(store: StoreLayout, name: str) -> bool:
    """Remove a version and return True, or return False if it is in use; readers never see a part of it."""
    layout = store.version(name)
    with lock_if_unused(layout.manifest) as unused:
        if unused:
            hidden = store.versions / f"{_REMOVING_PREFIX}{name}"
            layout.root.rename(hidden)
            flush(store.versions)  # or a power cut may bring back a part of the version under its name
            shutil.rmtree(hidden, ignore_errors=True)
            flush(store.versions)
    return unused


def _remove_encoders(store: StoreLayout, needed: Collection[str]) -> tuple[str, ...]:
    """Remove all encoders but the needed ones; return the fingerprints of the removed ones."""
    unneeded = [path for path in sorted(store.encoders.iterdir()) if path.name not in needed]
    for path in unneeded:
        shutil.rmtree(path, ignore_errors=True)
    return tuple(path.name for path in unneeded)


def _prune_cache(store: StoreLayout, versions: Collection[str], needed: Collection[str]) -> int:
    """Drop cached vectors that no version uses, or none if a version's vectors are unknown; return their number."""
    # The next build needs the vectors of a killed build and of a rejected version again.
    if not store.cache.is_dir() or any(store.root.glob(f"{STAGING_PREFIX}*")):
        return 0
    key_files = [store.version(name).text_keys for name in versions]
    try:
        keys = set().union(*map(read_keys, [*key_files, *store.rejected.glob("*/text_keys.bin")]))
    except OSError:
        return 0
    dropped = 0
    for path in sorted(store.cache.glob("*.sqlite")):
        fingerprint = path.name.split("-", 1)[0]
        # The dimension may be 0 here: dropping vectors never reads one.
        with EmbeddingCache(path, 0) as cache:
            dropped += cache.keep_only(keys if fingerprint in needed else ())
        if fingerprint not in needed:
            for file in store.cache.glob(f"{path.name}*"):
                file.unlink(missing_ok=True)
    return dropped
