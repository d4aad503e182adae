"""What the builds of a store did: from the manifests and reports of its versions, and of the one that was rejected.

The service shows it to operators, and nothing else depends on it: a report that cannot be read is no reason not to
serve its version.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from indexer.snapshot.errors import KhabarError, SnapshotDamaged, StoreError
from indexer.snapshot.format.manifest import Manifest, read_manifest
from indexer.snapshot.layout import StoreLayout, VersionLayout

_MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class StageTime:
    """One stage of a build: wall seconds, and the peak resident memory of the process up to its end."""

    name: str
    seconds: float
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class BuildFigures:
    """The part of a build's report that says how the build went; the fields are those of `BuildReport`."""

    accepted: int
    embedded: int
    taken_down: int
    expired: int
    stages: tuple[StageTime, ...]


@dataclass(frozen=True, slots=True)
class PastBuild:
    """A version that is on disk, and how its build went."""

    manifest: Manifest
    figures: BuildFigures


@dataclass(frozen=True, slots=True)
class UnreadableBuild:
    """A version on disk whose manifest or report cannot be read."""

    version: str
    problem: str


@dataclass(frozen=True, slots=True)
class RejectedBuild:
    """The version that the gate rejected last, and why; no version of that name is on disk."""

    version: str
    reasons: tuple[str, ...]


_FIGURES = TypeAdapter(BuildFigures)


def last_builds(store: StoreLayout, limit: int) -> Iterator[PastBuild | UnreadableBuild]:
    """Yield the builds of the newest `limit` versions on disk, the newest first.

    Raises:
        StoreError: the folder of versions cannot be read.
    """
    for name in sorted(_folders(store.versions), reverse=True)[:limit]:
        try:
            yield _read_build(store.version(name))
        except KhabarError as error:
            yield UnreadableBuild(name, str(error))


def rejected_build(store: StoreLayout, published: str) -> RejectedBuild | None:
    """Return the rejected version if it is newer than the published one."""
    newest = max(_folders(store.rejected), default="") if store.rejected.is_dir() else ""
    if newest <= published:
        return None
    try:
        reasons = store.rejected_reasons.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):  # the build stopped between moving the version and writing them
        reasons = []
    return RejectedBuild(newest, tuple(reasons[:_MOST_REASONS]))


def _folders(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError as error:
        raise StoreError(f"{folder} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=256)  # versions never change once they have their name
def _read_build(layout: VersionLayout) -> PastBuild:
    manifest = read_manifest(layout.manifest)
    try:
        figures = _FIGURES.validate_python(json.loads(layout.report.read_bytes()))
    except OSError as error:
        raise SnapshotDamaged(f"{layout.report} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # no JSON, or not what a report has
        raise SnapshotDamaged(f"{layout.report} is damaged, or was written by another khabar") from error
    return PastBuild(manifest, figures)
