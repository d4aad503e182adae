"""The build's side of the reader process: hands files to it, watches their budget, and replaces it when it is lost."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.reduction import send_handle
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType

from indexer.sources.formats.format import FileItem, ReadOptions
from indexer.sources.isolation.budget import FileBudget, FileClock
from indexer.sources.isolation.child import MAX_MESSAGE_BYTES, serve_files
from indexer.sources.isolation.read_file import read_file
from indexer.sources.isolation.wire import EndOfFile, Message, decode_message
from indexer.sources.parsing.open_input import InputFile
from indexer.sources.parsing.reject import Reject

_LOOK_EVERY_S = 1.0
_PAUSE_S = 0.003
"""How long the build lets articles of one file come together: to be woken for each costs more than to read it."""

_END_WITHIN_S = 5.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_USER_TICKS, _SYSTEM_TICKS = 11, 12
"""Places of the processor time in /proc/PID/stat, after the name of the command (man 5 proc)."""


@dataclass(frozen=True, slots=True)
class _Child:
    process: ForkServerProcess
    connection: Connection
    poll: select.poll


class ReaderProcess(AbstractContextManager["ReaderProcess"]):
    """Reads one file after the other in a child process, which is started when it is needed.

    The child is a copy of a process that has imported the readers and nothing else: it has no file of the store open.
    """

    def __init__(self, options: ReadOptions, budget: FileBudget) -> None:
        self._options = options
        self._budget = budget
        self._child: _Child | None = None

    def read(self, file: InputFile, descriptor: int) -> Iterator[FileItem]:
        """Yield the articles of an open file and its rejects, and close its descriptor.

        If the file exceeds its budget or its reader ends, the last item is a reject; what was read before stays.

        Raises:
            OSError: the machine fails to read the file.
        """
        n_items = 0
        try:
            for message in self._messages(file, descriptor):
                if not isinstance(message, EndOfFile):
                    n_items += 1
                    yield message
                elif message.system_error is not None:
                    raise OSError(message.system_error)
                elif message.failure is not None:
                    cut_short = f"; cut short after {n_items:,} of its records" if n_items else ""
                    yield Reject(file.label, None, f"{message.failure}{cut_short}")
        finally:
            os.close(descriptor)

    def _messages(self, file: InputFile, descriptor: int) -> Iterator[Message]:
        """Yield what the child sends about one file; an EndOfFile is the last message in any case."""
        child = self._usable_child()
        is_usable = False
        try:
            child.connection.send(file)
            send_handle(child.connection, descriptor, child.process.pid)
            for message in _receive(child, descriptor, self._budget.time_s):
                is_usable = isinstance(message, EndOfFile) and not message.is_last
                yield message
        except (EOFError, OSError, ValueError) as error:
            child.process.join(_END_WITHIN_S)
            yield EndOfFile(_reason_of_loss(child.process.exitcode, error))
        finally:
            if not is_usable:
                self._end_child()

    def _usable_child(self) -> _Child:
        if self._child is not None and not self._child.process.is_alive():
            self._end_child()
        if self._child is None:
            self._child = _start_child(self._options, self._budget)
        return self._child

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.process.kill()
            self._child.process.join(_END_WITHIN_S)
            self._child.connection.close()
            self._child = None

    def __exit__(self, *_error: object) -> None:
        self._end_child()


def _start_child(options: ReadOptions, budget: FileBudget) -> _Child:
    # A fork of this process would have its threads, its memory and its open files.
    context = get_context("forkserver")
    context.set_forkserver_preload([read_file.__module__])
    connection, of_child = context.Pipe()
    process = context.Process(
        target=serve_files, args=(of_child, options, budget.memory_bytes, read_file), daemon=True, name="khabar-reader"
    )
    with _interrupts_held(), _no_main_module():
        process.start()
    of_child.close()
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return _Child(process, connection, poll)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back, here and for good in processes that are started: this process ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Hide the script of this process, which multiprocessing would import in every child: it may do anything."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _receive(child: _Child, descriptor: int, time_s: float) -> Iterator[Message]:
    """Yield the messages of the child about one file, up to its EndOfFile or until its time is over."""
    clock = FileClock(time_s)
    message: Message | None = None
    while not isinstance(message, EndOfFile):
        if not _wait_for_message(child, descriptor, clock):
            message = EndOfFile(f"takes longer than --file-time allows ({time_s:g} s)", is_last=True)
        else:
            message = decode_message(child.connection.recv_bytes(MAX_MESSAGE_BYTES))
            clock.take_item()
        yield message


def _wait_for_message(child: _Child, descriptor: int, clock: FileClock) -> bool:
    """Wait for a message of the child, or for its end; return whether it came in time."""
    if clock.n_items > 1 and not child.poll.poll(0):
        sleep(_PAUSE_S)
    while not (is_ready := bool(child.poll.poll(0))) and clock.remaining_s > 0:
        is_pipe = _position(descriptor) is None
        # A reader of a pipe waits for whoever writes to it, so only the work that it does itself counts.
        now = partial(_processor_s, child.process.pid) if is_pipe else monotonic
        started = now()
        child.poll.poll(1000 * min(clock.remaining_s, _LOOK_EVERY_S))
        clock.wait(now() - started)
        clock.reach(_position(descriptor))
    return is_ready and clock.remaining_s > 0


def _position(descriptor: int) -> int | None:
    """Return how far the child, which has the same open file, has read it; None for a pipe, which does not tell."""
    try:
        return os.lseek(descriptor, 0, os.SEEK_CUR)
    except OSError:
        return None


def _processor_s(pid: int | None) -> float:
    """Return the processor time of a process, or 0 if it has ended."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return (int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / _TICKS_PER_S
    return 0.0


def _reason_of_loss(exit_code: int | None, error: Exception) -> str:
    """Return why a child was lost, from its exit code: the negative number of a signal, or None if it still runs."""
    if exit_code is None:
        return f"its reader cannot be understood: {error}"
    if exit_code >= 0:
        return f"its reader ended with exit status {exit_code}"
    with suppress(ValueError):
        return f"its reader crashed: {signal.Signals(-exit_code).name}"
    return f"its reader crashed: signal {-exit_code}"
