"""Opening an input: unpacked as it is read, and never more of it in memory than asked for."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from indexer.sources.parsing.reject import printable

MAX_LINE_BYTES = 16 * 2**20
"""Longer lines are no article: they are passed over without being held in memory."""

MAX_DOCUMENT_BYTES = 64 * 2**20
"""Most that is read of a file that has to be read whole, such as a page."""

_COMPRESSED = (".gz", ".zst")
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_HEAD_BYTES = 8_192
_BUFFER_BYTES = 2**18
_PACKED_BYTES = 2**14
_FED_BYTES = 2**9
_MOST_WINDOW = 2**27

# Text packs ten to one, a page of a thousand spaces a hundred to one, a bomb a thousand to one.
_MOST_RATIO = 250
_RATIO_FROM_BYTES = 64 * 2**20


class Refused(ValueError):
    """An input that is not read, or not read further; the message is the reason, on one line."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file, or standard input for a path of None.

    `shown` is how messages name it. `name` is the file's name without the suffix of its compression,
    and `article_id` the id of its article where it holds one only.
    """

    path: Path | None
    shown: str
    name: str
    article_id: str

    @classmethod
    def of(cls, path: Path, root: Path | None) -> "InputFile":
        """Return a file, named by its path below `root` where that was given on the command line."""
        relative = printable(path.relative_to(root) if root else Path(path.name))
        return cls(path, printable(path), without_compression(path.name), without_compression(relative))

    @classmethod
    def standard_input(cls) -> "InputFile":
        """Return standard input."""
        return cls(None, "standard input", "-", "-")


@dataclass(frozen=True, slots=True)
class Opened:
    """An input that is open: `stream` gives its content unpacked, `head` is how it begins.

    `is_zstandard` tells whether it is packed so.
    """

    file: InputFile
    stream: "io.BufferedReader[io.RawIOBase]"
    head: bytes
    is_zstandard: bool = False

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield every line with its number from 1; None for one that is too long to be read."""
        number = 0
        while line := self.stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            too_long = len(line) > MAX_LINE_BYTES
            while too_long and not line.endswith(b"\n"):
                line = self.stream.readline(MAX_LINE_BYTES)
                if not line:
                    break
            yield number, None if too_long else line

    def whole(self) -> bytes:
        """Return everything.

        Raises:
            Refused: it is larger than a document may be.
        """
        content = self.stream.read(MAX_DOCUMENT_BYTES + 1)
        if len(content) > MAX_DOCUMENT_BYTES:
            raise Refused(f"larger than {MAX_DOCUMENT_BYTES // 2**20} MiB, which no article is")
        return content


@contextmanager
def opened(file: InputFile) -> Iterator[Opened]:
    """Open an input for the time of a block.

    Raises:
        Refused: what is packed is damaged, or a bomb; possibly while it is being read.
        OSError: it cannot be read.
    """
    raw = sys.stdin.buffer if file.path is None else file.path.open("rb")
    try:
        counted = _Counted(raw)
        is_zstandard = counted.peek() == _ZSTANDARD
        stream = io.BufferedReader(_unpacked(counted), _BUFFER_BYTES)
        yield Opened(file, stream, stream.peek(_HEAD_BYTES)[:_HEAD_BYTES], is_zstandard)
    finally:
        if file.path is not None:
            raw.close()


def without_compression(name: str) -> str:
    """Return a file's name without ".gz" or ".zst" at its end."""
    return next((name.removesuffix(suffix) for suffix in _COMPRESSED if name.lower().endswith(suffix)), name)


class _Counted(io.RawIOBase):
    """Passes bytes on and counts them."""

    def __init__(self, raw: Any) -> None:
        self._buffered = raw
        self.n_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        n = int(self._buffered.readinto(buffer))
        self.n_bytes += n
        return n

    def peek(self) -> bytes:
        head: bytes = self._buffered.peek(4)[:4]
        return head


class _Unpacked(io.RawIOBase):
    """Unpacks, and stops where little becomes far too much."""

    def __init__(self, packed: _Counted, stream: Any, kind: str) -> None:
        self._packed = packed
        self._stream = stream
        self._kind = kind
        self._n_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            # What is there is given out before it turns out that the rest is damaged.
            content = self._stream.read1(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
            raise Refused(f"damaged {self._kind} file, not read further: {error}") from error
        self._n_bytes += len(content)
        if self._n_bytes > _RATIO_FROM_BYTES and self._n_bytes > _MOST_RATIO * self._packed.n_bytes:
            raise Refused(f"unpacks to more than {_MOST_RATIO} times its size, not read further")
        buffer[: len(content)] = content
        return len(content)


class _Zstandard:
    """Unpacks Zstandard frames, and tells when the last one ends too early: the library's own reader does not."""

    def __init__(self, packed: _Counted) -> None:
        self._packed: Any = packed
        self._frame: Any = None
        self._left = b""
        self._ready = b""
        self._at = 0

    def read1(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end.

        Raises:
            EOFError: the last frame is not whole.
            ZstdError: a frame is damaged.
        """
        while self._at == len(self._ready):
            if not self._left:
                self._left = self._packed.read(_PACKED_BYTES)
            # A little at a time: a few bytes can unpack to megabytes, and how many is told by unpacking.
            content, self._left = self._left[:_FED_BYTES], self._left[_FED_BYTES:]
            if not content:
                if self._frame is not None:
                    raise EOFError("it ends too early")
                return b""
            if self._frame is None:
                self._frame = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW).decompressobj()
            self._ready, self._at = self._frame.decompress(content), 0
            if self._frame.eof:
                self._left, self._frame = self._frame.unused_data + self._left, None
        start, self._at = self._at, min(self._at + size, len(self._ready))
        return self._ready[start : self._at]


def _unpacked(packed: _Counted) -> io.RawIOBase:
    """Return what is packed unpacked, as its first bytes say and whatever its name; else the same."""
    head = packed.peek()
    source: Any = packed
    if head.startswith(_GZIP):
        return _Unpacked(packed, gzip.GzipFile(fileobj=source, mode="rb"), "gzip")
    if head == _ZSTANDARD:
        return _Unpacked(packed, _Zstandard(packed), "Zstandard")
    return packed
