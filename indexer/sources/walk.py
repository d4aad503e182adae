"""From the paths on the command line to a stream of articles, file by file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.snapshot.article import Article
from indexer.snapshot.errors import SourceError, UsageError
from indexer.sources import jsonl, plain_text
from indexer.sources.reject import Reject, printable

SUFFIXES = (*jsonl.SUFFIXES, *plain_text.SUFFIXES)


@dataclass(frozen=True, slots=True)
class Found:
    """An article and where it stood."""

    file: str
    line: int | None
    article: Article


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    root: Path | None
    """Folder named on the command line; article ids of plain text files are relative to it."""


def read_sources(sources: Iterable[Path]) -> Iterator[Found | Reject]:
    """Yield every article of files and folders, in the order given; folders in order of path.

    In folders, files of other kinds and hidden ones are passed over.

    Raises:
        UsageError: a file that was named is of no kind that khabar reads.
        SourceError: a path does not exist or cannot be read.
    """
    for file in list_files(sources):
        try:
            yield from _read(file)
        except OSError as error:
            raise SourceError(f"{file.path} cannot be read: {error.strerror or error}") from error


def list_files(sources: Iterable[Path]) -> list[_File]:
    """Return all files to read; raises as `read_sources` does, before anything is read."""
    files: list[_File] = []
    for source in sources:
        try:
            if source.is_dir():
                files += [_File(path, source) for path in _walk(source, set())]
                continue
            exists = source.exists()
        except OSError as error:
            raise SourceError(f"{source} cannot be read: {error.strerror}") from error
        if not exists:
            raise SourceError(f"{source} does not exist")
        if not source.name.endswith(SUFFIXES):
            raise UsageError(f"{source} is not a kind of file that khabar reads: {', '.join(SUFFIXES)}")
        files.append(_File(source, None))
    return files


def _walk(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """Yield the files to read below `folder`; links that lead back are followed once."""
    real = folder.resolve()
    if real in seen:
        return
    seen.add(real)
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, seen)
        elif entry.name.endswith(SUFFIXES):
            yield entry


def _read(file: _File) -> Iterator[Found | Reject]:
    path, shown = file.path, printable(file.path)
    if path.name.endswith(jsonl.SUFFIXES):
        for line, item in jsonl.read_jsonl(path):
            yield item if isinstance(item, Reject) else Found(shown, line, item)
    else:
        name = printable(path.relative_to(file.root) if file.root else Path(path.name))
        item = plain_text.read_plain_text(path, name.removesuffix(".txt"))
        yield item if isinstance(item, Reject) else Found(shown, None, item)
