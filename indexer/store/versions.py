"""The versions of a store: their names in order of age, and publishing an earlier one again."""

import re
from datetime import UTC, datetime, timedelta

from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.manifest import DIGEST_NAME_CHARS, Manifest
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version
from indexer.store.audit import record_action
from indexer.store.publish import publish
from indexer.store.staging import build_lock

_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-")


def list_versions(store: StoreLayout) -> tuple[str, ...]:
    """Return the names of all versions of a store, oldest first.

    Raises:
        StoreError: the folder of versions cannot be read.
    """
    try:
        return tuple(
            sorted(path.name for path in store.versions.iterdir() if path.is_dir() and not path.name.startswith("."))
        )
    except OSError as error:
        raise StoreError(f"{store.versions} cannot be read: {error.strerror}") from error


def version_before(store: StoreLayout, version: str) -> str:
    """Return the name of the version that was built before another one.

    Raises:
        StoreError: there is no earlier version.
    """
    older = [name for name in list_versions(store) if name < version]
    if not older:
        raise StoreError(f"there is no version before {version} in {store.root}")
    return older[-1]


def new_version_name(store: StoreLayout, created: datetime, digest: str) -> str:
    """Return a name for a version: a time, then the beginning of a digest of its content.

    Names sort by age even if the clock goes backwards: the time in a new name is at least one second after the time
    in the newest name.
    """
    times = [match.group(1) for name in list_versions(store) if (match := _NAME.match(name))]
    newest = max((datetime.strptime(time, _TIME_FORMAT).replace(tzinfo=UTC) for time in times), default=None)
    if newest is not None and newest >= created.replace(microsecond=0):
        created = newest + timedelta(seconds=1)
    return f"{created:{_TIME_FORMAT}}-{digest[:DIGEST_NAME_CHARS]}"


def roll_back(store: StoreLayout, version: str | None = None) -> Manifest:
    """Publish a version that the store has, by default the one before the published one; return its manifest.

    The audit log is written first. A rollback that is published and then ends in an error would be run again, and go
    back one version more.

    Raises:
        StoreLocked: a build is running.
        StoreError: there is no such version, or it cannot be trusted; the published version stays.
        OSError: the audit log or CURRENT cannot be written; the published version stays.
    """
    current_version(store)  # fails if there is no store; the lock would create one
    with build_lock(store):
        before = current_version(store)
        target = version or version_before(store, before)
        manifest, _ = check_version(store, target)
        record_action(store, "rollback", version=target, before=before)
        publish(store, target)
    return manifest
