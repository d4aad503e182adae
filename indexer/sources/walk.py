"""From the paths on the command line to a stream of articles, file by file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import SourceError, UsageError
from indexer.sources.formats.format import Reading
from indexer.sources.formats.registry import SUFFIXES, format_of, is_readable, named
from indexer.sources.parsing.opened import InputFile, Refused, opened, without_compression
from indexer.sources.parsing.reject import Reject, printable

STANDARD_INPUT = Path("-")

_ABOUT_THE_FOLDER = frozenset(("readme", "license", "licence", "changelog", "contributing", "notice"))
"""Names of files that tell of the articles beside them and are none."""


@dataclass(frozen=True, slots=True)
class Found:
    """An article and where it stood; what `Made` says of it."""

    file: str
    line: int | None
    article: Article
    repaired: bool = False
    dropped: int = 0


def read_sources(sources: Iterable[Path], reading: Reading | None = None) -> Iterator[Found | Reject]:
    """Yield every article of files and folders, in the order given; folders in order of path.

    "-" is standard input. In folders, files of other kinds, hidden ones and README files are passed over. A file that
    cannot be read to its end is a reject, after the articles that came before.

    Raises:
        UsageError: a file that was named is of no kind that khabar reads, or there is no such format.
        SourceError: a path does not exist or cannot be read.
    """
    reading = reading or Reading()
    if reading.format is not None:
        named(reading.format)
    for file in list_files(sources, any_name=reading.format is not None):
        if isinstance(file, Reject):
            yield file
            continue
        try:
            yield from _read(file, reading)
        except OSError as error:
            raise SourceError(f"{file.shown} cannot be read: {error.strerror or error}") from error


def list_files(sources: Iterable[Path], *, any_name: bool = False) -> list[InputFile | Reject]:
    """Return all files to read, and links that cannot be followed; raises as `read_sources` does, before any is read.

    With `any_name`, a file that is named may be called anything.
    """
    files: list[InputFile | Reject] = []
    for source in sources:
        if source == STANDARD_INPUT:
            files.append(InputFile.standard_input())
            continue
        try:
            if source.is_dir():
                found = _walk(source, set())
                files += [path if isinstance(path, Reject) else InputFile.of(path, source) for path in found]
                continue
            exists = source.exists()
        except OSError as error:
            raise SourceError(f"{source} cannot be read: {error.strerror}") from error
        if not exists:
            raise SourceError(f"{source} does not exist")
        if not any_name and not is_readable(without_compression(source.name)):
            raise UsageError(
                f"{source} is not a kind of file that khabar reads: {', '.join(SUFFIXES)}, packed (.gz, .zst) "
                "or not; --format says what it is"
            )
        files.append(InputFile.of(source, None))
    return files


def _walk(folder: Path, seen: set[Path]) -> Iterator[Path | Reject]:
    """Yield the files to read below `folder`; a folder that several links lead to is read once."""
    real = folder.resolve()
    if real in seen:
        yield Reject(printable(folder), None, "a link to a folder that has been read")
        return
    seen.add(real)
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() and not entry.exists():
            yield Reject(printable(entry), None, "a link that leads nowhere, or in a circle")
        elif entry.is_dir():
            yield from _walk(entry, seen)
        elif is_readable(without_compression(entry.name)) and entry.stem.lower() not in _ABOUT_THE_FOLDER:
            yield entry


def _read(file: InputFile, reading: Reading) -> Iterator[Found | Reject]:
    try:
        with opened(file) as source:
            chosen = named(reading.format) if reading.format is not None else format_of(source)
            for numbered in chosen.read(source, reading):
                item = numbered.item
                if isinstance(item, Reject):
                    yield item
                else:
                    yield Found(file.shown, numbered.number, item.article, item.repaired, item.dropped)
    except Refused as error:
        yield Reject(file.shown, None, str(error))
