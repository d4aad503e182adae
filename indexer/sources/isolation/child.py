"""The reader process: it gets one open file after the other, and sends what is in them."""

from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle

from indexer.sources.formats.format import FileItem, ReadOptions
from indexer.sources.isolation.budget import memory_text
from indexer.sources.isolation.confinement import confine, data_bytes
from indexer.sources.isolation.wire import EndOfFile, encode_message
from indexer.sources.parsing.open_input import MAX_DOCUMENT_BYTES, InputFile
from indexer.sources.parsing.reject import Reject

FileReader = Callable[[InputFile, int, ReadOptions], Iterator[FileItem]]
"""Reads an open file, given by its descriptor, which it closes."""

MAX_MESSAGE_BYTES = 4 * MAX_DOCUMENT_BYTES
"""A larger article is rejected: the build needs no more memory for it than for any document."""

_KEPT_SHARE = 0.25
"""Share of the memory of the budget that a reader may keep from the files that it has read before."""


def serve_files(connection: Connection, options: ReadOptions, memory_bytes: int, read: FileReader) -> None:
    """Read the files that come over `connection`, until it is closed or a file may have left damage behind."""
    most_kept_bytes = data_bytes() + _KEPT_SHARE * memory_bytes
    confine(memory_bytes)
    is_last = False
    while not is_last:
        try:
            file: InputFile = connection.recv()
            descriptor = recv_handle(connection)
        except EOFError:
            return
        end = _send_content(connection, read(file, descriptor, options), memory_bytes)
        is_last = end.is_last or data_bytes() > most_kept_bytes
        connection.send_bytes(encode_message(EndOfFile(end.failure, end.system_error, is_last)))


def _send_content(connection: Connection, content: Iterator[FileItem], memory_bytes: int) -> EndOfFile:
    """Send everything that is in a file; return how it ended."""
    try:
        for item in content:
            connection.send_bytes(_encode(item))
    except MemoryError:
        return EndOfFile(f"needs more than {memory_text(memory_bytes)} of memory (--file-memory)", is_last=True)
    except OSError as error:
        return EndOfFile(system_error=error.strerror or str(error))
    # Whatever goes wrong with one file must not stop the others; a panic of a parser in Rust is no Exception.
    except BaseException as error:  # noqa: BLE001
        return EndOfFile(f"its reader failed: {type(error).__name__}: {error}", is_last=True)
    return EndOfFile()


def _encode(item: FileItem) -> bytes:
    try:
        content = encode_message(item)
    except ValueError as error:
        return encode_message(Reject(item.file, item.line, f"holds what cannot be stored: {error}"))
    if len(content) > MAX_MESSAGE_BYTES:
        return encode_message(Reject(item.file, item.line, "too large for an article"))
    return content
