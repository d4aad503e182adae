"""Watching every operation on files that Python code makes below a folder: creating, writing, renaming, flushing.

Code in C is not seen (SQLite, FAISS): what it wrote is found in the folder at the next operation.
"""

import builtins
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any, Protocol

import pytest

import indexer

_PACKAGE = Path(indexer.__file__).parent
_HELPERS = _PACKAGE / "snapshot" / "files" / "durable_files.py"
_ON_PATHS = ("rename", "replace", "unlink", "remove", "rmdir", "mkdir", "link", "symlink")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its name in `os`, the path that it changes, and the lines of khabar that asked for it.

    `inode` is that of the file or folder that is flushed, otherwise None.
    """

    name: str
    path: Path
    site: str
    inode: int | None = None


class Watcher(Protocol):
    """What is told of each operation. An error that `before` raises is that of the operation."""

    def before(self, operation: Operation) -> None: ...

    def after(self, operation: Operation) -> None: ...


@contextmanager
def watched(root: Path, watcher: Watcher) -> Iterator[None]:
    """Tell the watcher of each operation below `root` within the block."""
    watch = _Watch(root.resolve(), watcher)
    with pytest.MonkeyPatch.context() as patch:
        for name in _ON_PATHS:
            patch.setattr(os, name, watch.on_paths(name, getattr(os, name)))
        patch.setattr(os, "open", watch.os_open(os.open))
        patch.setattr(os, "write", watch.os_write(os.write))
        patch.setattr(os, "fsync", watch.fsync(os.fsync))
        patch.setattr(builtins, "open", watch.open(io.open))
        patch.setattr(io, "open", builtins.open)
        yield


@dataclass(frozen=True, slots=True)
class _Watch:
    root: Path
    watcher: Watcher

    def on_paths(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*paths: Any, **options: Any) -> Any:
            folder = options.get("dir_fd")
            with self.around(name, *(_absolute(path, folder) for path in paths if not isinstance(path, int))):
                return real(*paths, **options)

        return call

    def os_open(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            if not flags & (os.O_CREAT | os.O_TRUNC):
                return real(path, flags, mode, dir_fd=dir_fd)
            with self.around("open", _absolute(path, dir_fd)):
                return real(path, flags, mode, dir_fd=dir_fd)

        return call

    def os_write(self, real: Callable[[int, bytes], int]) -> Callable[[int, bytes], int]:
        def call(handle: int, content: bytes) -> int:
            """Write the first half only, as the system may; what has to be whole is written in a loop."""
            with self.around("write", _path_of(handle)) as inside:
                return real(handle, content[: (len(content) + 1) // 2] if inside else content)

        return call

    def fsync(self, real: Callable[[Any], None]) -> Callable[[Any], None]:
        def call(handle: Any) -> None:
            number = handle if isinstance(handle, int) else handle.fileno()
            with self.around("fsync", _path_of(number), inode=os.fstat(number).st_ino):
                real(handle)

        return call

    def open(self, real: Callable[..., IO[Any]]) -> Callable[..., IO[Any]]:
        def call(file: Any, mode: str = "r", buffering: int = -1, *text: Any, **options: Any) -> IO[Any]:
            path = _path_of(file) if isinstance(file, int) else _absolute(file, None)
            if not set(mode) & set("wax+") or not self.is_inside(path):
                return real(file, mode, buffering, *text, **options)
            return self._open_for_writing(file, path, mode, buffering, *text, **options)

        return call

    def _open_for_writing(
        self,
        file: Any,
        path: Path,
        mode: str,
        buffering: int,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> IO[Any]:
        bare_mode = "".join(letter for letter in mode if letter not in "bt")
        creates = isinstance(file, str | os.PathLike) and bare_mode != "r+"
        with self.around("open", path) if creates else nullcontext():
            raw = _WatchedFile(file, bare_mode, closefd, opener)
        raw.watch, raw.path = self, path
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def around(self, name: str, *paths: Path, inode: int | None = None) -> AbstractContextManager[bool]:
        return self._around(name, next(filter(self.is_inside, reversed(paths)), None), inode)

    @contextmanager
    def _around(self, name: str, path: Path | None, inode: int | None) -> Iterator[bool]:
        """Tell of an operation; yield False and tell of none if no path of it is below the folder."""
        if path is None:
            yield False
            return
        operation = Operation(name, path, call_site(sys._getframe()), inode)
        self.watcher.before(operation)
        yield True
        self.watcher.after(operation)

    def is_inside(self, path: Path) -> bool:
        return path.is_relative_to(self.root)


class _WatchedFile(io.FileIO):
    """A file that tells of its writes, and makes the first one in two parts, as a disk that fills up does."""

    watch: _Watch
    path: Path
    _halved = False

    def write(self, content: Any, /) -> int:
        length = len(content)
        if length > 1 and not self._halved:
            length //= 2
            self._halved = True
        with self.watch.around("write", self.path):
            written = super().write(memoryview(content)[:length])
        return written or 0


def call_site(frame: FrameType | None) -> str:
    """Name the lines of khabar that lead here: those of the helpers that write files, and the one that called them."""
    lines: list[str] = []
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            lines.insert(0, f"{file.stem}.{frame.f_code.co_name}:{frame.f_lineno}")
            if file != _HELPERS:
                break
        frame = frame.f_back
    return " > ".join(lines)


def _absolute(path: Any, folder: int | None) -> Path:
    below = Path() if folder is None else _path_of(folder)
    return Path(os.path.abspath(below / os.fsdecode(path)))  # noqa: PTH100  # links stay as they are


def _path_of(handle: int) -> Path:
    return Path(os.readlink(f"/proc/self/fd/{handle}"))  # noqa: PTH115
