"""The log of takedowns lost in every way: a running service must show nothing again, and none may start."""

import os
import random
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexer.snapshot.errors import KhabarError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from indexer.store.takedown import record_takedowns
from search_api.holder import SnapshotHolder
from search_api.metrics import Metrics
from search_api.processes.progress import Progress
from search_api.watcher import StoreWatcher

LossKind = Literal["deleted", "emptied", "shortened", "no permission", "no file descriptor"]

_NOBODY = 65534
_SEED = 11


@dataclass(frozen=True, slots=True)
class Loss:
    """One trial: what became of a service that ran, and of one that was started while the log was lost.

    `shown` are articles that were taken down and that a search or their id found again. `noticed` says whether the
    running service told operators, `started` whether another one could be started, `restored` whether the first one
    was ready again when the log was back.
    """

    kind: LossKind
    shown: list[str]
    noticed: bool
    started: bool
    restored: bool


def lose_log(store: StoreLayout, article_ids: Sequence[str], titles: Sequence[str], trials: int) -> Iterator[Loss]:
    """Take articles down, and lose the log in each way `trials` times; it is put back after each trial.

    The parts are those of the service: what holds the snapshot, and what looks at the store. The log is not lost before
    the service has seen it.
    """
    record_takedowns(store, article_ids, "takedown", "a trial")
    kept = store.takedowns.read_bytes()
    rng = random.Random(_SEED)  # noqa: S311  # not a secret
    holder = SnapshotHolder()
    watcher = StoreWatcher(store, holder, Metrics(), Progress())
    holder.show(open_snapshot(store.root))
    watcher.start()
    try:
        for kind, lose in _LOSSES.items():
            for _ in range(trials):
                with lose(store.takedowns, rng):
                    watcher.follow_takedowns()
                    noticed = holder.takedown_problem is not None
                    with _full_rights(), holder.borrow() as snapshot:
                        shown = _found(snapshot, article_ids, titles)
                    started = _can_start(store)
                _restore(store.takedowns, kept)
                watcher.follow_takedowns()
                yield Loss(kind, shown, noticed, started, holder.takedown_problem is None)
    finally:
        watcher.close()
        holder.close()


def _found(snapshot: Snapshot | None, article_ids: Sequence[str], titles: Sequence[str]) -> list[str]:
    """Return those articles that the snapshot shows, by their id or to a search for their title."""
    if snapshot is None:
        return []
    found = {article_id for article_id in article_ids if snapshot.article(article_id) is not None}
    for title in titles:
        found |= {hit.article.id for hit in search(snapshot, Query(TextTarget(title))).hits}
    return sorted(found & set(article_ids))


def _can_start(store: StoreLayout) -> bool:
    try:
        open_snapshot(store.root).close()
    except (KhabarError, OSError):
        return False
    return True


def _restore(log: Path, content: bytes) -> None:
    draft = log.with_suffix(".draft")
    draft.write_bytes(content)
    draft.replace(log)


def _deleted(log: Path, _rng: random.Random) -> AbstractContextManager[None]:
    log.unlink()
    return nullcontext()


def _emptied(log: Path, _rng: random.Random) -> AbstractContextManager[None]:
    log.write_bytes(b"")
    return nullcontext()


def _shortened(log: Path, rng: random.Random) -> AbstractContextManager[None]:
    os.truncate(log, rng.randrange(1, log.stat().st_size - 1))  # not the last line break alone
    return nullcontext()


@contextmanager
def _without_permission(log: Path, _rng: random.Random) -> Iterator[None]:
    log.chmod(0)
    with _rights_of(_NOBODY):  # root may read everything
        yield


@contextmanager
def _without_descriptors(log: Path, _rng: random.Random) -> Iterator[None]:
    os.utime(log)  # so that it is looked at again
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


_LOSSES: dict[LossKind, Callable[[Path, random.Random], AbstractContextManager[None]]] = {
    "deleted": _deleted,
    "emptied": _emptied,
    "shortened": _shortened,
    "no permission": _without_permission,
    "no file descriptor": _without_descriptors,
}


@contextmanager
def _rights_of(user: int) -> Iterator[None]:
    """Give this process the rights of another user during a block, if it is root's."""
    before = os.geteuid()
    if os.getuid() == 0:
        os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(before)


@contextmanager
def _full_rights() -> Iterator[None]:
    """Let the block open files: what is tried is reading the log, not searching."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with _rights_of(os.getuid()):
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
