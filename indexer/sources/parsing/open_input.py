"""Opening an input file: it is decompressed while it is read, and the memory for that is bounded."""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from indexer.sources.parsing.reject import UnreadableInput, printable_path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_LINE_BYTES = 16 * 2**20
"""A longer line is rejected, and never held in memory as a whole."""

MAX_DOCUMENT_BYTES = 64 * 2**20
"""Largest document, such as a page, that is read into memory as a whole."""

_COMPRESSION_SUFFIXES = (".gz", ".zst")
_GZIP_MAGIC, _ZSTANDARD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_HEAD_BYTES = 8_192
_BUFFER_BYTES = 2**18
_ZSTANDARD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 27}
"""A frame may ask for a window of 128 MiB of memory at most."""

# Text is compressed about 10 to 1, a page of a thousand spaces 100 to 1, a decompression bomb 1000 to 1.
_MAX_RATIO = 250
_RATIO_CHECKED_FROM_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file, or standard input where `path` is None.

    `root` is the folder on the command line that must hold it, without links; None if the file itself was named.
    `label` is how messages name it. `name` is the file's name without the suffix of its compression.
    `article_id` is the id of its article, for formats that hold one article a file.
    """

    path: Path | None
    label: str
    name: str
    article_id: str
    root: Path | None = None

    @classmethod
    def from_path(cls, path: Path, root: Path | None) -> "InputFile":
        """Return a file; its article's id is its path below `root`, or its name where `root` is None."""
        relative = printable_path(path.relative_to(root) if root else Path(path.name))
        name, article_id = without_compression(path.name), without_compression(relative)
        return cls(path, printable_path(path), name, article_id, root.resolve() if root else None)


@dataclass(frozen=True, slots=True)
class OpenInput:
    """An open input: `stream` gives the decompressed content, `head` holds its first bytes.

    `raw` is the file itself, for formats that are not read from their beginning to their end. `is_compressed` says
    whether the content is not that of `raw`.
    """

    file: InputFile
    stream: "io.BufferedReader[io.RawIOBase]"
    head: bytes
    raw: "io.BufferedReader"
    is_compressed: bool

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield every line with its number from 1; None instead of a line longer than MAX_LINE_BYTES."""
        number = 0
        while line := self.stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            too_long = len(line) > MAX_LINE_BYTES
            while too_long and not line.endswith(b"\n"):
                line = self.stream.readline(MAX_LINE_BYTES)
                if not line:
                    break
            yield number, None if too_long else line

    def read_all(self) -> bytes:
        """Return the whole content.

        Raises:
            UnreadableInput: it is larger than MAX_DOCUMENT_BYTES.
        """
        content = self.stream.read(MAX_DOCUMENT_BYTES + 1)
        if len(content) > MAX_DOCUMENT_BYTES:
            raise UnreadableInput(f"larger than {MAX_DOCUMENT_BYTES // 2**20} MiB, too large for an article")
        return content


@contextmanager
def open_input(file: InputFile, descriptor: int) -> Iterator[OpenInput]:
    """Read an open file for the time of a block, and close its descriptor then.

    Raises:
        UnreadableInput: its compression is damaged, or it is a decompression bomb; possibly raised by a later read.
        OSError: it cannot be read.
    """
    with os.fdopen(descriptor, "rb") as raw:
        counter = _ByteCounter(raw)
        content = _decompress(counter)
        stream = io.BufferedReader(content, _BUFFER_BYTES)
        head = stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
        is_compressed = content is not counter
        if is_compressed and head.startswith((_GZIP_MAGIC, _ZSTANDARD_MAGIC)):
            raise UnreadableInput("compressed twice; decompress it once")
        yield OpenInput(file, stream, head, raw, is_compressed)


def check_ratio(n_bytes: int, n_compressed_bytes: int) -> None:
    """Refuse a file that has given `n_bytes` out of `n_compressed_bytes`, if no honest file is like that.

    Raises:
        UnreadableInput: it is a decompression bomb.
    """
    if n_bytes > _RATIO_CHECKED_FROM_BYTES and n_bytes > _MAX_RATIO * n_compressed_bytes:
        raise UnreadableInput(f"decompresses to more than {_MAX_RATIO} times its size, not read further")


def without_compression(name: str) -> str:
    """Return a file's name without ".gz" or ".zst" at its end."""
    return next((name.removesuffix(suffix) for suffix in _COMPRESSION_SUFFIXES if name.lower().endswith(suffix)), name)


class _ByteCounter(io.RawIOBase):
    """Passes bytes on and counts them."""

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw = raw
        self.n_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        n = self._raw.readinto(buffer)
        self.n_bytes += n
        return n

    def peek(self) -> bytes:
        return self._raw.peek(4)[:4]


class _Decompressor(io.RawIOBase):
    """Passes decompressed bytes on, and stops when their number is out of proportion to the compressed ones."""

    def __init__(self, compressed: _ByteCounter, stream: gzip.GzipFile | zstd.ZstdFile, kind: str) -> None:
        self._compressed = compressed
        self._stream = stream
        self._kind = kind
        self._n_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            # `read1` returns the bytes before a damaged place; `read` would lose them.
            content = self._stream.read1(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError) as error:
            raise UnreadableInput(f"damaged {self._kind} file, not read further: {error}") from error
        self._n_bytes += len(content)
        check_ratio(self._n_bytes, self._compressed.n_bytes)
        buffer[: len(content)] = content
        return len(content)


def _decompress(raw: _ByteCounter) -> io.RawIOBase:
    """Return the decompressed content; the compression is recognised by the first bytes, whatever the file's name."""
    head = raw.peek()
    if head.startswith(_GZIP_MAGIC):
        return _Decompressor(raw, gzip.GzipFile(fileobj=cast("io.BufferedReader", raw), mode="rb"), "gzip")
    if head == _ZSTANDARD_MAGIC:
        return _Decompressor(raw, zstd.ZstdFile(raw, options=_ZSTANDARD_OPTIONS), "Zstandard")
    return raw
