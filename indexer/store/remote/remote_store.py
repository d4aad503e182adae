"""A store in a place that fsspec reaches, read and written file by file."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from indexer.snapshot.errors import StoreError, UsageError
from indexer.snapshot.layout import StoreLayout

_Result = TypeVar("_Result")

THERE = StoreLayout(Path())
"""The paths of all files of a store, relative to it."""


class RemoteStore:
    """A store at an address such as s3://bucket/store; its files are named by their paths in `THERE`.

    Each file is replaced whole, as object stores do it. `name` is the address for people, without credentials. `folder`
    is the folder that it is, if it is one on this machine.
    """

    def __init__(self, url: str) -> None:
        """Take an address.

        Raises:
            UsageError: it is none, or what reaches such places is not installed.
        """
        if "::" in url:
            raise UsageError("an address through another one (::) may be answered from a cache for ever")
        try:
            self.name = _without_credentials(url)
        except ValueError as error:
            raise UsageError(f"the address of a store is none: {error}") from error
        try:
            file_system, root = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise UsageError(f"{self.name}: {error}") from error
        self._fs: AbstractFileSystem = file_system
        self._root = str(root).rstrip("/")
        self.folder = Path(self._root) if "file" in _names_of(file_system) else None

    def read(self, path: Path) -> bytes | None:
        """Return the content of a small file, or None if there is none.

        Raises:
            StoreError: it cannot be read.
        """

        def content() -> bytes:
            found: bytes = self._fs.cat_file(self._at(path))
            return found

        return self._do_if_there("read", path, content)

    def fetch(self, path: Path, target: Path) -> bool:
        """Copy a file to this machine, and return True; False if there is none.

        Raises:
            StoreError: it cannot be read there or written here.
        """
        target.parent.mkdir(parents=True, exist_ok=True)

        def fetched() -> bool:
            self._fs.get_file(self._at(path), str(target))
            return True

        return self._do_if_there("brought", path, fetched) is not None

    def write(self, path: Path, content: bytes) -> None:
        """Write a small file.

        Raises:
            StoreError: it cannot be written.
        """
        self._do("written", path, lambda: self._fs.pipe_file(self._at(path), content))

    def send(self, source: Path, path: Path) -> None:
        """Copy a file of this machine there.

        Raises:
            StoreError: it cannot be written.
        """
        self._do("written", path, lambda: self._fs.put_file(str(source), self._at(path)))

    def folders(self, path: Path) -> list[str]:
        """Return the names of the folders in a folder, in order; none if it is missing.

        Raises:
            StoreError: they cannot be listed.
        """

        def names() -> list[str]:
            self._fs.invalidate_cache()  # of earlier listings
            entries = self._fs.ls(self._at(path), detail=True)
            folders = [each["name"].rstrip("/") for each in entries if each["type"] == "directory"]
            return sorted(folder.rpartition("/")[2] for folder in folders)

        return self._do_if_there("listed", path, names) or []

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with everything in it, if it is there.

        Raises:
            StoreError: it cannot be removed.
        """
        self._do_if_there("removed", path, lambda: self._fs.rm(self._at(path), recursive=True))

    def _at(self, path: Path) -> str:
        return f"{self._root}/{path.as_posix()}"

    def _do_if_there(self, what: str, path: Path, action: Callable[[], _Result]) -> _Result | None:
        """Do something with a file; None if there is no such file."""

        def unless_missing() -> _Result | None:
            try:
                return action()
            except FileNotFoundError:
                return None

        return self._do(what, path, unless_missing)

    def _do(self, what: str, path: Path, action: Callable[[], _Result]) -> _Result:
        try:
            return action()
        except Exception as error:  # each library behind fsspec has errors of its own
            reason = str(error) or type(error).__name__
            raise StoreError(f"{self.name}/{path.as_posix()} cannot be {what}: {reason}") from error


def local_folder(place: str) -> Path | None:
    """Return the folder that a place is: a path, or an address as file:///mnt/share; None for any other address."""
    return RemoteStore(place).folder if "://" in place else Path(place)


def _names_of(file_system: AbstractFileSystem) -> tuple[str, ...]:
    names = file_system.protocol
    return (names,) if isinstance(names, str) else tuple(names)


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl().rstrip("/")
