"""Errors of the disk, made at any one operation of a scenario.

Only what Python code does can fail here. tests/indexer/test_build.py fills a real disk, for SQLite and FAISS too.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal

from indexer.snapshot.errors import KhabarError
from indexer.snapshot.layout import StoreLayout
from tests.indexer.durability.commands import Scenario, Seen, Step, see, store_below
from tests.indexer.durability.file_operations import Operation, watched

Fault = Literal["full disk", "failing disk"]
_FREEING = {"unlink", "remove", "rmdir"}


@dataclass(slots=True)
class _FaultyDisk:
    """A `Watcher` that fails the operation with this number; a full disk fails all later ones that need space, too."""

    fault: Fault
    number: int
    n_seen: int = 0

    def before(self, operation: Operation) -> None:
        self.n_seen += 1
        if self.fault == "full disk":
            fails = self.n_seen >= self.number and operation.name not in _FREEING
        else:
            fails = self.n_seen == self.number
        if fails:
            code = errno.ENOSPC if self.fault == "full disk" else errno.EIO
            raise OSError(code, os.strerror(code), str(operation.path))

    def after(self, operation: Operation) -> None:
        """Let it be: the operation succeeded."""


def faults_of(scenario: Scenario, fault: Fault, scratch: Path) -> Iterator[str]:
    """Yield what is wrong after a fault at each operation of each step, and once people go on without the fault."""
    folder = Path(mkdtemp(dir=scratch))
    scenario.prepare(store_below(folder))
    for step in scenario.steps:
        done = _copy(folder, scratch)
        step(store_below(done))
        allowed = [see(store_below(each)) for each in (folder, done)]
        allowed_next = [_proceed(scenario, _copy(each, scratch)) for each in (folder, done)]
        known: set[frozenset[tuple[str, bytes]]] = set()
        for number in count(1):
            broken = _copy(folder, scratch)
            disk = _FaultyDisk(fault, number)
            error = _error_of(step, store_below(broken), disk)
            if disk.n_seen < number:
                break
            content = _content(broken)
            if error is not None and content in known:  # most operations fail before they have changed anything
                shutil.rmtree(broken)
                continue
            known.add(content)
            where = f"{scenario.name}, {fault} at operation {number} ({error})"
            seen = see(store_below(broken))
            yield from _differences(where, seen, allowed, scenario.unsettled)
            if error is None and seen != allowed[1]:
                yield f"{where}: no error"
            if fault == "full disk" and (drafts := sorted(broken.rglob(".*.draft"))):
                yield f"{where}: {drafts} fill the disk"
            yield from _differences(f"{where}, then next", _proceed(scenario, broken), allowed_next)
            shutil.rmtree(broken)
        folder = done


def _copy(folder: Path, scratch: Path) -> Path:
    return shutil.copytree(folder, Path(mkdtemp(dir=scratch)), dirs_exist_ok=True)


def _content(folder: Path) -> frozenset[tuple[str, bytes]]:
    paths = ((str(path.relative_to(folder)), path) for path in folder.rglob("*"))
    return frozenset((name, b"" if path.is_dir() else path.read_bytes()) for name, path in paths)


def _proceed(scenario: Scenario, folder: Path) -> Seen:
    store = store_below(folder)
    scenario.proceed(store)
    return see(store)


def _error_of(step: Step, store: StoreLayout, disk: _FaultyDisk) -> Exception | None:
    """Run a step, and return its error if it is one of those that end a command in one line; others are raised."""
    try:
        with watched(store.root.parent.parent, disk):
            step(store)
    except (KhabarError, OSError) as error:
        return error
    return None


def _differences(where: str, seen: Seen, allowed: list[Seen], unsettled: frozenset[str] = frozenset()) -> Iterator[str]:
    for subject in sorted({*seen, *(name for one in allowed for name in one)} - unsettled):
        if not any(seen.get(subject) == one.get(subject) for one in allowed):
            values = " or ".join(str(one.get(subject)) for one in allowed)
            yield f"{where}: {subject}: {seen.get(subject)} instead of {values}"
