"""Which versions a store keeps, and which of them is published: going back, and making room."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from indexer.embedding.cache import EmbeddingCache, read_keys
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.manifest import DIGEST_NAME_CHARS, Manifest, read_manifest
from indexer.snapshot.format.version_lock import lock_if_unused
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version
from indexer.store.publish import STAGING_PREFIX, build_lock, publish
from indexer.store.status import list_versions, version_before

_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-")
_REMOVING = ".removing-"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning has removed: versions, query encoders and cached vectors; `in_use` had to stay."""

    removed: tuple[str, ...]
    in_use: tuple[str, ...]
    encoders: tuple[str, ...]
    vectors: int


def new_name(store: StoreLayout, created: datetime, digest: str) -> str:
    """Return a name for a version: a time, then a digest of its content.

    Names sort by age, whatever the clock does: where it stands before the newest version, the time
    in the name is a second after that one's.
    """
    times = [match.group(1) for name in list_versions(store) if (match := _NAME.match(name))]
    newest = max((datetime.strptime(time, _TIME).replace(tzinfo=UTC) for time in times), default=None)
    if newest is not None and newest >= created.replace(microsecond=0):
        created = newest + timedelta(seconds=1)
    return f"{created:{_TIME}}-{digest[:DIGEST_NAME_CHARS]}"


def roll_back(store: StoreLayout, version: str | None = None) -> Manifest:
    """Publish a version that is kept, by default the one before the published one; return its manifest.

    Raises:
        StoreLocked: a build is at work.
        StoreError: there is no such version, or it cannot be trusted; the published one stays.
    """
    current_version(store)  # a store that is none must not be made by looking for it
    with build_lock(store):
        wanted = version or version_before(store, current_version(store))
        manifest, _ = check_version(store, wanted)
        publish(store, wanted)
    return manifest


def prune(store: StoreLayout, keep: int) -> Pruned:
    """Remove all but the published version and the newest `keep`, and what none of those left needs.

    A version that some process has open stays until the next time.

    Raises:
        StoreLocked: a build is at work.
        StoreError: nothing is published, or the store cannot be written.
    """
    current_version(store)  # a store that is none must not be made by looking for it
    with build_lock(store):
        names = list_versions(store)
        kept = {current_version(store), *names[-keep:]}
        removed: list[str] = []
        in_use: list[str] = []
        for name in names:
            if name in kept:
                continue
            (removed if _remove(store, name) else in_use).append(name)
        for left in store.versions.glob(f"{_REMOVING}*"):  # of a pruning that was killed
            shutil.rmtree(left, ignore_errors=True)
        left_over = [*kept, *in_use]
        return Pruned(tuple(removed), tuple(in_use), _prune_encoders(store, left_over), _prune_cache(store, left_over))


def _remove(store: StoreLayout, name: str) -> bool:
    """Remove a version unless it is in use; no reader ever sees half of one."""
    layout = store.version(name)
    with lock_if_unused(layout.manifest) as free:
        if free:
            hidden = store.versions / f"{_REMOVING}{name}"
            layout.root.rename(hidden)
            shutil.rmtree(hidden, ignore_errors=True)
    return free


def _prune_encoders(store: StoreLayout, versions: Iterable[str]) -> tuple[str, ...]:
    needed = _fingerprints(store, versions)
    if needed is None:
        return ()
    unneeded = [path for path in sorted(store.encoders.iterdir()) if path.name not in needed]
    for path in unneeded:
        shutil.rmtree(path, ignore_errors=True)
    return tuple(path.name for path in unneeded)


def _prune_cache(store: StoreLayout, versions: Iterable[str]) -> int:
    """Drop cached vectors that no version uses; none where it cannot be told what one of them uses."""
    needed = _fingerprints(store, versions)
    if needed is None or not store.cache.is_dir():
        return 0
    # What a killed build has embedded, and one that was not let through, will be asked for again.
    if any(store.root.glob(f"{STAGING_PREFIX}*")):
        return 0
    kept = [store.version(name).text_keys for name in versions]
    try:
        keys = set().union(*map(read_keys, [*kept, *store.rejected.glob("*/text_keys.bin")]))
    except OSError:
        return 0
    dropped = 0
    for path in sorted(store.cache.glob("*.sqlite")):
        fingerprint = path.name.split("-", 1)[0]
        # Vectors of another encoder are all unneeded; the cache looks at no vector when it drops some.
        with EmbeddingCache(path, 0) as cache:
            dropped += cache.keep_only(keys if fingerprint in needed else ())
        if fingerprint not in needed:
            for part in store.cache.glob(f"{path.name}*"):
                part.unlink(missing_ok=True)
    return dropped


def _fingerprints(store: StoreLayout, versions: Iterable[str]) -> set[str] | None:
    """Return the encoders that versions need, or None where one of them cannot tell."""
    try:
        return {read_manifest(store.version(name).manifest).encoder.fingerprint for name in versions}
    except StoreError:
        return None
