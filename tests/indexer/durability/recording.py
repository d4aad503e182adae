"""A recording of what a command did to a folder: the folder before and after each operation, and each flush."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from tests.indexer.durability.file_operations import Operation

Node = int
"""A file or folder, whatever its names; unlike an inode, the number is never given to another one."""

Digest = bytes


@dataclass(frozen=True, slots=True)
class Tree:
    """What readers see below a folder at one moment: the entries of each folder, the content of each file."""

    root: Node
    folders: Mapping[Node, Mapping[str, Node]]
    files: Mapping[Node, Digest]


@dataclass(frozen=True, slots=True)
class Moment:
    """The folder at one moment. `step` steps of a scenario have ended; `between` says that none has begun since."""

    tree: Tree
    step: int
    between: bool


@dataclass(frozen=True, slots=True)
class Flush:
    """The content of a file, or the entries of a folder, were flushed to disk."""

    node: Node
    site: str


@dataclass(slots=True)
class Recording:
    """Moments and flushes in their order, and contents by digest."""

    events: list[Moment | Flush] = field(default_factory=list)
    contents: dict[Digest, bytes] = field(default_factory=dict)

    def keep(self, content: bytes) -> Digest:
        """Keep a content and return its digest."""
        digest = blake2b(content, digest_size=16).digest()
        self.contents.setdefault(digest, content)
        return digest

    def sites(self) -> tuple[str, ...]:
        """Return all places that flushed something, sorted."""
        return tuple(sorted({event.site for event in self.events if isinstance(event, Flush)}))


class Recorder:
    """Records operations; a `Watcher`. Call `end_step` before the first step and after each one."""

    def __init__(self, root: Path) -> None:
        self.recording = Recording()
        self._root = root
        self._nodes: dict[int, Node] = {}
        self._n_nodes = 0
        self._step = -1

    def end_step(self) -> None:
        self._step += 1
        self._record(between=True)

    def before(self, operation: Operation) -> None:
        self._record(between=False)

    def after(self, operation: Operation) -> None:
        if operation.name != "fsync":
            self._record(between=False)
            return
        assert operation.inode is not None
        kind = "folder" if operation.path.is_dir() else "file"
        self.recording.events.append(Flush(self._nodes[operation.inode], f"{operation.site} ({kind})"))

    def _record(self, *, between: bool) -> None:
        self.recording.events.append(Moment(self._scan(), self._step, between))

    def _scan(self) -> Tree:
        folders: dict[Node, dict[str, Node]] = {}
        files: dict[Node, Digest] = {}
        nodes: dict[int, Node] = {}

        def visit(folder: str, inode: int) -> Node:
            node = nodes[inode] = self._node(inode)
            entries: dict[str, Node] = {}
            with os.scandir(folder) as found:
                for entry in found:
                    if entry.is_dir(follow_symlinks=False):
                        entries[entry.name] = visit(entry.path, entry.inode())
                        continue
                    child = nodes[entry.inode()] = self._node(entry.inode())
                    entries[entry.name] = child
                    files[child] = self.recording.keep(Path(entry.path).read_bytes())
            folders[node] = entries
            return node

        root = visit(str(self._root), self._root.stat().st_ino)
        self._nodes = nodes  # an inode that was freed belongs to a new file when it comes again
        return Tree(root, folders, files)

    def _node(self, inode: int) -> Node:
        if inode not in self._nodes:
            self._n_nodes += 1
            self._nodes[inode] = self._n_nodes
        return self._nodes[inode]
