"""`khabar index prune --purge`: no file of the store keeps the text of an article that is taken down."""

import time
from dataclasses import dataclass

from indexer.alerts.forget import forget_articles
from indexer.snapshot.errors import StoreError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import read_takedowns
from indexer.store.prune import PruneResult, prune

_RELEASE_S = 60.0
"""Services may need this long to change to another version."""

_LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class PurgeResult(PruneResult):
    """What was removed; `articles` are taken down, and `alerts` counts those that were deleted from the history."""

    articles: int
    alerts: int


def purge(store: StoreLayout, keep: int, release_s: float = _RELEASE_S) -> PurgeResult:
    """Prune, and remove whatever has the text of articles that are taken down: versions, rejects, alerts, leftovers.

    Ids, reasons and times stay in the log of takedowns and in the audit log, digests and vectors nowhere. Versions that
    services have open are waited for, `release_s` seconds at most.

    Raises:
        StoreLocked: a build is running.
        StoreError: the published version has such articles itself, or a service keeps one open that has.
        SnapshotDamaged: the log of takedowns cannot be read.
    """
    unwanted = read_takedowns(store).in_force().keys()
    deadline = time.monotonic() + release_s
    removed: list[str] = []
    while True:
        pruned = prune(store, keep, unwanted=unwanted)
        removed += pruned.removed
        if not pruned.in_use or time.monotonic() >= deadline:
            break
        time.sleep(_LOOK_EVERY_S)
    n_alerts = forget_articles(store, unwanted)
    if pruned.in_use:
        raise StoreError(
            f"a service still has {', '.join(pruned.in_use)} open, which may have articles that are taken down: "
            "all else is purged; try again when the service has changed to the published version"
        )
    return PurgeResult(tuple(removed), (), pruned.encoders, pruned.vectors, len(unwanted), n_alerts)
