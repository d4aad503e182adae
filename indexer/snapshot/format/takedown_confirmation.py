"""How a process that serves confirms the takedowns that it has applied, and how a writer waits for all of them.

A state of the log stands for one byte of an empty file, and a process that has applied the state holds a shared lock on
that byte. The log was applied everywhere when no other byte is locked. Nothing is written, so a service may run on a
store that it cannot write to, and the locks of a killed process end with it. They reach as far as the file system
carries them: over all processes of a machine, and over machines on NFS.
"""

import fcntl
from contextlib import suppress
from typing import IO

from indexer.snapshot.format.takedowns import NO_TAKEDOWNS, TakedownHead
from indexer.snapshot.layout import StoreLayout

_POSITION_DIGITS = 14
"""Hexadecimal digits of a digest that make a position: 56 bits, well below the largest offset of a file."""


class AppliedTakedowns:
    """What this process confirms; only one object of a process and store may be open, because locks are the process's.

    A store in which nobody has taken anything down may lack the file; `confirm` returns False until it is there.
    """

    def __init__(self, store: StoreLayout) -> None:
        self._path = store.takedowns_applied
        self._file: IO[bytes] | None = None
        self._confirmed: TakedownHead | None = None

    def confirm(self, head: TakedownHead) -> bool:
        """Confirm that the log up to `head` is applied; return whether a writer can see it.

        Raises:
            OSError: the file cannot be opened, or the file system has no locks.
        """
        if head == self._confirmed:
            return True
        if self._file is None:
            try:
                self._file = self._path.open("rb")
            except FileNotFoundError:
                return False
        fcntl.lockf(self._file, fcntl.LOCK_SH, 1, _position(head))
        if self._confirmed is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _position(self._confirmed))
        self._confirmed = head
        return True

    def close(self) -> None:
        """Confirm nothing more."""
        if self._file is not None:
            self._file.close()


def is_applied_everywhere(store: StoreLayout, head: TakedownHead) -> bool:
    """Return whether each process that serves has applied exactly the log up to `head`, if it confirms at all.

    Raises:
        OSError: the file cannot be opened for writing, or the file system has no locks.
    """
    position = _position(head)
    with store.takedowns_applied.open("r+b") as file:
        return _is_free(file, position + 1, 0) and (position == 0 or _is_free(file, 0, position))


def _is_free(file: IO[bytes], start: int, length: int) -> bool:
    """Return whether no other process has a lock in a range of bytes; a length of 0 reaches to the end of all files."""
    with suppress(BlockingIOError, PermissionError):  # systems differ in the error
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        fcntl.lockf(file, fcntl.LOCK_UN, length, start)
        return True
    return False


def _position(head: TakedownHead) -> int:
    return 0 if head == NO_TAKEDOWNS else 1 + int(head.digest[:_POSITION_DIGITS], 16)
