"""From the paths on the command line to a stream of articles, file by file."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from indexer.snapshot.errors import SourceError, UsageError
from indexer.sources.formats.format import ReadOptions, SourceItem, UnreadFile
from indexer.sources.formats.registry import SUFFIXES, detect_format, find_format, has_known_suffix
from indexer.sources.parsing.open_input import InputFile, open_input, without_compression
from indexer.sources.parsing.reject import Reject, UnreadableInput, printable_path

STANDARD_INPUT = Path("-")

_NOT_ARTICLES = frozenset(("readme", "license", "licence", "changelog", "contributing", "notice"))
"""Names of files that describe the articles in a folder."""


def read_sources(sources: Iterable[Path], options: ReadOptions | None = None) -> Iterator[SourceItem]:
    """Yield every article of files and folders, in the order given; files of a folder in order of path.

    "-" is standard input. In folders, hidden files and README files are skipped, and files of unknown suffixes are
    named. A file that cannot be read to its end is a reject, which comes after the articles that were read from it.

    Raises:
        UsageError: the suffix of a named file is unknown, or the format of that name.
        SourceError: a path does not exist or cannot be read.
    """
    options = options or ReadOptions()
    if options.format is not None:
        find_format(options.format)
    for file in list_files(sources, any_name=options.format is not None):
        if isinstance(file, Reject | UnreadFile):
            yield file
            continue
        try:
            yield from _read(file, options)
        except OSError as error:
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
                paths = _walk(source, source.resolve(), set())
                files += [InputFile.from_path(path, source) if isinstance(path, Path) else path for path in paths]
                continue
            exists = source.exists()
        except OSError as error:
            raise SourceError(f"{source} cannot be read: {error.strerror}") from error
        if not exists:
            raise SourceError(f"{source} does not exist")
        if not any_name and not has_known_suffix(without_compression(source.name)):
            raise UsageError(
                f"{source} is not a kind of file that khabar reads: {', '.join(SUFFIXES)}, compressed (.gz, .zst) "
                "or not; --format says what it is"
            )
        files.append(InputFile.from_path(source, None))
    return files


def _walk(folder: Path, root: Path, visited: set[Path]) -> Iterator[Path | Reject | UnreadFile]:
    """Yield the files below `folder`; a folder that several links lead to is read once.

    Whoever may write into a folder of articles must not choose what else of this machine is published, or where a build
    waits for ever. So links that lead out of the folder `root` are refused, and so are pipes, sockets and devices.
    """
    real = folder.resolve()
    if real in visited:
        yield Reject(printable_path(folder), None, "a link to a folder that has been read already")
        return
    visited.add(real)
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() and not entry.exists():
            yield Reject(printable_path(entry), None, "a broken or circular link")
        elif entry.is_symlink() and not entry.resolve().is_relative_to(root):
            yield Reject(printable_path(entry), None, "a link out of the folder; name its target as a source")
        elif entry.is_dir():
            yield from _walk(entry, root, visited)
        elif not entry.is_file():
            yield Reject(printable_path(entry), None, "no regular file, but a pipe, a socket or a device")
        elif entry.stem.lower() not in _NOT_ARTICLES:
            is_known = has_known_suffix(without_compression(entry.name))
            yield entry if is_known else UnreadFile(printable_path(entry))


def _read(file: InputFile, options: ReadOptions) -> Iterator[SourceItem]:
    try:
        with open_input(file) as source:
            chosen = find_format(options.format) if options.format is not None else detect_format(source)
            yield from chosen.read(source, options)
    except UnreadableInput as error:
        yield Reject(file.label, None, str(error))
