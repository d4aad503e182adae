"""Which states of a folder a power cut may leave, at every moment of a recording.

The model knows what POSIX promises and no more. Flushing a file keeps its content, flushing a folder keeps its
entries, and everything else may be kept or lost. A rename is one operation: it is kept whole or not at all.

At each moment, these states are made:

- nothing that was not flushed is kept, or everything is (the same as after a killed process);
- all entries are kept, and files that were not flushed have their old content (none, if they are new) or a half of the
  new one: the empty file after a rename;
- of the operations on entries that were not flushed, only one is kept, or all but one: they reach the disk in any
  order.

SQLite flushes its own files in C, where nothing is recorded. It is trusted to do so: `alerts.sqlite` and the databases
of the cache are always kept as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.indexer.durability.recording import Digest, Flush, Moment, Node, Recording, Tree

Kept = Literal["old", "torn", "new"]
Change = tuple[Node, str, Node | None]
"""An entry of a folder that now names another file or folder, or none."""

_TRUSTED_FILE = "alerts.sqlite"
_TRUSTED_FOLDER = "cache"


@dataclass(frozen=True, slots=True)
class Crash:
    """What is on the disk after a power cut: digests of files, None for folders, by path.

    `step` steps had ended; `between` tells that no step had begun since.
    """

    entries: frozenset[tuple[str, Digest | None]]
    step: int
    between: bool


def crashes(recording: Recording, without: str | None = None) -> Iterator[Crash]:
    """Yield every state once that a power cut may leave; `without` is a place whose flushes are taken for undone."""
    disk: _Disk | None = None
    seen: set[Crash] = set()
    last: Moment | None = None
    for event in recording.events:
        if isinstance(event, Moment):
            if event == last:  # after one operation it is as before the next, and no flush has come between
                continue
            last = event
            disk = disk or _Disk(event.tree, recording)
            disk.notice(event.tree)
            for entries in disk.states():
                crash = Crash(entries, event.step, event.between)
                if crash not in seen:
                    seen.add(crash)
                    yield crash
        elif event.site != without:
            assert disk is not None
            disk.flush(event)
            last = None


def live(recording: Recording, moment: Moment) -> Crash:
    """Return what readers see at a moment."""
    disk = _Disk(moment.tree, recording)
    return Crash(disk.state((), "new"), moment.step, moment.between)


def write_crash(crash: Crash, recording: Recording, folder: Path) -> None:
    """Make a state below an empty folder."""
    for path, digest in sorted(crash.entries):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if digest is None:
            target.mkdir(exist_ok=True)
        else:
            target.write_bytes(recording.contents[digest])


class _Disk:
    """What is known to be on the disk, and the operations on entries since, of which it has any."""

    def __init__(self, tree: Tree, recording: Recording) -> None:
        self._recording = recording
        self._tree = tree
        self._entries = {node: dict(entries) for node, entries in tree.folders.items()}
        self._content = dict(tree.files)
        self._pending: list[tuple[Change, ...]] = []
        self._empty = recording.keep(b"")

    def notice(self, tree: Tree) -> None:
        """Take note of what readers see now."""
        before, self._tree = self._tree, tree
        changes = _changes(before, tree)
        for folder, entries in tree.folders.items():
            for name, node in entries.items():
                if self._is_trusted(folder, name) and node in tree.files:
                    self._content[node] = tree.files[node]
        is_move = any(node in before.files for _, _, node in changes)  # SQLite renames nothing
        trusted = [] if is_move else [change for change in changes if self._is_trusted(change[0], change[1])]
        self._apply(self._entries, trusted)
        untrusted = tuple(change for change in changes if change not in trusted)
        if untrusted:
            self._pending.append(untrusted)

    def flush(self, flush: Flush) -> None:
        """Keep the content of a file, or the entries of a folder."""
        if flush.node in self._tree.files:
            self._content[flush.node] = self._tree.files[flush.node]
            return
        done = [changes for changes in self._pending if any(folder == flush.node for folder, _, _ in changes)]
        for changes in done:
            self._apply(self._entries, changes)
        self._pending = [changes for changes in self._pending if changes not in done]

    def states(self) -> Iterator[frozenset[tuple[str, Digest | None]]]:
        """Yield what the disk may have now; some states come more than once."""
        pending = self._pending
        choices: Sequence[Kept] = ("old", "torn", "new")
        for kept in choices:
            yield self.state((), kept)
            yield self.state(pending, kept)
        for n in range(len(pending)):
            yield self.state(pending[n : n + 1], "old")
            yield self.state([*pending[:n], *pending[n + 1 :]], "old")

    def state(self, kept: Sequence[tuple[Change, ...]], content: Kept) -> frozenset[tuple[str, Digest | None]]:
        """Return a state: these operations on entries reached the disk, and this content of files."""
        entries: Mapping[Node, Mapping[str, Node]] = self._entries
        if kept:
            copies = {node: dict(each) for node, each in self._entries.items()}
            for changes in kept:
                self._apply(copies, changes)
            entries = copies
        found: list[tuple[str, Digest | None]] = []
        waiting = [("", self._tree.root)]
        while waiting:
            path, node = waiting.pop()
            if node in self._tree.folders or node in entries:
                found.append((path or ".", None))
                waiting += [(f"{path}/{name}".lstrip("/"), child) for name, child in entries.get(node, {}).items()]
            else:
                found.append((path, self._digest(node, content)))
        return frozenset(found)

    def _digest(self, node: Node, kept: Kept) -> Digest:
        old = self._content.get(node, self._empty)
        new = self._tree.files.get(node, old)
        if kept == "old" or new == old:
            return old
        return new if kept == "new" else _torn(self._recording, old, new)

    def _is_trusted(self, folder: Node, name: str) -> bool:
        return name.startswith(_TRUSTED_FILE) or (".sqlite" in name and folder in self._cache_folders())

    def _cache_folders(self) -> set[Node]:
        return {entries[_TRUSTED_FOLDER] for entries in self._tree.folders.values() if _TRUSTED_FOLDER in entries}

    @staticmethod
    def _apply(entries: dict[Node, dict[str, Node]], changes: Sequence[Change]) -> None:
        for folder, name, node in changes:
            names = entries.setdefault(folder, {})
            if node is None:
                names.pop(name, None)
            else:
                names[name] = node


def _torn(recording: Recording, old: Digest, new: Digest) -> Digest:
    """Return a half of what was written; what a file had before a line was appended is not touched."""
    before, now = recording.contents[old], recording.contents[new]
    start = len(before) if now.startswith(before) else 0
    return recording.keep(now[: (start + len(now)) // 2])


def _changes(before: Tree, now: Tree) -> list[Change]:
    changes: list[Change] = []
    for folder, entries in now.folders.items():
        old = before.folders.get(folder, {})
        names = sorted({*old, *entries})
        changes += [(folder, name, entries.get(name)) for name in names if old.get(name) != entries.get(name)]
    return changes
