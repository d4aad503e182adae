"""A reader of files for tests: the name of a file says what goes wrong while it is read."""

import ctypes
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from indexer.sources.formats.format import FileItem, ReadOptions
from indexer.sources.isolation.read_file import read_file
from indexer.sources.parsing.open_input import InputFile


class PanicError(BaseException):
    """Like the panic of a parser that is written in Rust, no Exception."""


def _panic() -> None:
    raise PanicError("unwrapped")


def _exceed_memory() -> None:
    parts = [bytes(2**20)]
    while True:
        parts.append(bytes(2**20))


def _recurse() -> None:
    _recurse()


def _write() -> None:
    Path(os.environ.get("TMPDIR", "/tmp"), f"khabar-poison-{os.getppid()}").write_text("x" * 10)  # noqa: S108


def _connect() -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def _fail() -> None:
    raise KeyError("missing")


POISONS: dict[str, Callable[[], object]] = {
    "hang": lambda: time.sleep(1000),
    "endless-match": lambda: re.fullmatch("(a+)+", "a" * 60 + "b"),  # never lets another thread run
    "segfault": lambda: ctypes.string_at(0),
    "abort": lambda: os.kill(os.getpid(), signal.SIGABRT),
    "exit": lambda: os._exit(7),
    "panic": _panic,
    "memory": _exceed_memory,
    "recursion": _recurse,
    "write": _write,
    "connect": _connect,
    "fail": _fail,
    "interrupt": lambda: os.kill(os.getpid(), signal.SIGINT),
}


def read_with_poison(file: InputFile, descriptor: int, options: ReadOptions) -> Iterator[FileItem]:
    """Read a file; if it is called "poison-NAME", NAME happens after its first records."""
    yield from read_file(file, descriptor, options)
    name = Path(file.name).stem.partition("poison-")[2]
    if name:
        POISONS[name]()
