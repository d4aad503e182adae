"""Reading one open file, in the reader process or in this one."""

from collections.abc import Iterator

from indexer.sources.formats.format import FileItem, ReadOptions
from indexer.sources.formats.registry import detect_format, find_format
from indexer.sources.parsing.open_input import InputFile, open_input
from indexer.sources.parsing.reject import Reject, UnreadableInput


def read_file(file: InputFile, descriptor: int, options: ReadOptions) -> Iterator[FileItem]:
    """Yield the articles of a file and its rejects, and close its descriptor.

    A file that cannot be read to its end is a reject, which comes after the articles that were read from it.

    Raises:
        OSError: reading fails.
    """
    try:
        with open_input(file, descriptor) as source:
            chosen = find_format(options.format) if options.format is not None else detect_format(source)
            yield from chosen.read(source, options)
    except UnreadableInput as error:
        yield Reject(file.label, None, str(error))
