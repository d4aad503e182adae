"""From the paths on the command line to a stream of articles, file by file."""

import errno
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.snapshot.errors import SourceError, UsageError
from indexer.sources.formats.format import ReadOptions, SourceItem, UnreadFile
from indexer.sources.formats.registry import SUFFIXES, find_format, has_known_suffix
from indexer.sources.isolation.budget import DEFAULT_BUDGET, FileBudget
from indexer.sources.isolation.read_file import read_file
from indexer.sources.isolation.reader_process import ReaderProcess
from indexer.sources.parsing.open_input import InputFile, without_compression
from indexer.sources.parsing.regular_file import (
    NO_REGULAR_FILE,
    OUT_OF_FOLDER,
    open_regular_file,
    open_standard_input,
)
from indexer.sources.parsing.reject import Reject, UnreadableInput, printable_path

STANDARD_INPUT = Path("-")

_NOT_ARTICLES = frozenset(("readme", "license", "licence", "changelog", "contributing", "notice"))
"""Names of files that describe the articles in a folder."""

_FAULTS_OF_A_FILE = frozenset(
    (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.ENAMETOOLONG)
)
"""Errors that whoever writes into a folder can cause: a file without permission, gone meanwhile, of too long a path."""


def read_sources(
    sources: Iterable[Path], options: ReadOptions | None = None, budget: FileBudget | None = DEFAULT_BUDGET
) -> Iterator[SourceItem]:
    """Yield every article of files and folders, in the order given; files of a folder in order of path.

    "-" is standard input. In folders, hidden files and README files are skipped, and files of unknown suffixes are
    named. A file that cannot be read to its end is a reject, which comes after the articles that were read from it.

    A child process reads the files. One that exceeds its `budget`, or ends its reader, is a reject as well. Without a
    budget, the files are read in this process, which they may stop: that is for measuring and testing readers.

    Raises:
        UsageError: the suffix of a named file is unknown, or the format of that name.
        SourceError: a path does not exist or cannot be opened, or the machine fails to read a file.
    """
    options = options or ReadOptions()
    if options.format is not None:
        find_format(options.format)
    files = list_files(sources, any_name=options.format is not None)
    with _reader(options, budget) as read:
        for file in files:
            if isinstance(file, Reject | UnreadFile):
                yield file
                continue
            descriptor = _open(file)
            if isinstance(descriptor, Reject):
                yield descriptor
                continue
            try:
                yield from read(file, descriptor)
            except OSError as error:
                raise SourceError(f"{file.label} cannot be read: {error.strerror or error}") from error


@contextmanager
def _reader(
    options: ReadOptions, budget: FileBudget | None
) -> Iterator[Callable[[InputFile, int], Iterator[SourceItem]]]:
    """Yield a function that reads an open file and closes it."""
    if budget is None:
        yield lambda file, descriptor: read_file(file, descriptor, options)
    else:
        with ReaderProcess(options, budget) as process:
            yield process.read


def _open(file: InputFile) -> int | Reject:
    """Open a file, or return why it must not be read.

    What is on the command line must be readable. Below a folder, nobody can stop a build by a file that is not: the
    gate notices if much is missing.

    Raises:
        SourceError: it cannot be opened, and the system or the user is to blame.
    """
    try:
        return open_standard_input() if file.path is None else open_regular_file(file.path, file.root)
    except UnreadableInput as error:
        return Reject(file.label, None, str(error))
    except OSError as error:
        if file.root is not None and error.errno in _FAULTS_OF_A_FILE:
            return Reject(file.label, None, f"cannot be opened: {error.strerror}")
        raise SourceError(f"{file.label} cannot be read: {error.strerror or error}") from error


def list_files(sources: Iterable[Path], *, any_name: bool = False) -> list[InputFile | Reject | UnreadFile]:
    """Return all files to read, those left out, and a reject for each link that cannot be followed; none is opened.

    With `any_name`, a named file may have any suffix. Raises what `read_sources` raises.
    """
    files: list[InputFile | Reject | UnreadFile] = []
    for source in sources:
        if source == STANDARD_INPUT:
            files.append(InputFile(None, "standard input", "-", "-"))
            continue
        try:
            if source.is_dir():
                paths = _walk(source)
                files += [InputFile.from_path(path, source) if isinstance(path, Path) else path for path in paths]
                continue
            exists = source.exists()
        except OSError as error:
            raise SourceError(f"{source} cannot be read: {error.strerror}") from error
        if not exists:
            raise SourceError(f"{source} does not exist")
        if not source.is_file():
            raise SourceError(f"{source} is {NO_REGULAR_FILE}; standard input (-) reads a pipe")
        if not any_name and not has_known_suffix(without_compression(source.name)):
            raise UsageError(
                f"{source} is not a kind of file that khabar reads: {', '.join(SUFFIXES)}, compressed (.gz, .zst) "
                "or not; --format says what it is"
            )
        files.append(InputFile.from_path(source, None))
    return files


def _walk(folder: Path) -> Iterator[Path | Reject | UnreadFile]:
    """Yield the files below `folder` in order of path; a folder that several links lead to is read once.

    Whoever may write into a folder of articles must not choose what else of this machine is published, or where a build
    waits for ever. So links that lead out of the folder are refused, and so are pipes, sockets and devices. Folders may
    be nested deeper than Python allows calls to be.

    Raises:
        OSError: the folder itself cannot be read.
    """
    root = folder.resolve()
    visited = {root}
    pending = [(entry, root) for entry in _entries(folder)[::-1]]
    while pending:
        entry, real_parent = pending.pop()
        try:
            found = _look_at(entry, root)
            if found is not None:
                yield found
                continue
            real = entry.resolve() if entry.is_symlink() else real_parent / entry.name
            if real in visited:
                yield Reject(printable_path(entry), None, "a link to a folder that has been read already")
                continue
            visited.add(real)
            pending += ((below, real) for below in _entries(entry)[::-1])
        except OSError as error:
            if error.errno not in _FAULTS_OF_A_FILE:
                raise
            yield Reject(printable_path(entry), None, f"cannot be opened: {error.strerror}")


def _entries(folder: Path) -> list[Path]:
    visible = (entry for entry in folder.iterdir() if not entry.name.startswith("."))
    return sorted(entry for entry in visible if entry.stem.lower() not in _NOT_ARTICLES or not entry.is_file())


def _look_at(entry: Path, root: Path) -> Path | Reject | UnreadFile | None:
    """Return a file that is to be read, or why it is not; None for a folder."""
    if entry.is_symlink() and not entry.exists():
        return Reject(printable_path(entry), None, "a broken or circular link")
    if entry.is_symlink() and not entry.resolve().is_relative_to(root):
        return Reject(printable_path(entry), None, OUT_OF_FOLDER)
    if entry.is_dir():
        return None
    if not entry.is_file():
        return Reject(printable_path(entry), None, NO_REGULAR_FILE)
    return entry if has_known_suffix(without_compression(entry.name)) else UnreadFile(printable_path(entry))
