"""How a process that serves confirms the takedowns that it has applied, and how a writer waits for all of them.

A state of the log stands for one byte of an empty file, and a process that has applied the state holds a shared lock on
that byte. The log was applied everywhere when no other byte is locked. Nothing is written, so a service may run on a
store that it cannot write to, and the locks of a killed process end with it. They reach as far as the file system
carries them: over all processes of a machine, and over machines on NFS.
"""

import fcntl
import os
import time
from contextlib import suppress
from typing import IO

from indexer.snapshot.format.takedowns import NO_TAKEDOWNS, TakedownHead
from indexer.snapshot.layout import StoreLayout

_POSITION_DIGITS = 14
"""Hexadecimal digits of a digest that make a position: 56 bits, well below the largest offset of a file."""


_READABLE = 0o644
_NOTICED_S = 2.0
"""After this time, services that run when the file is created have opened it; they look every half second."""


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


def prepare_confirmation(store: StoreLayout) -> None:
    """Create the file, which services that may not write to the store can read then, whoever runs this.

    Raises:
        OSError: it cannot be created.
    """
    path = store.takedowns_applied
    if path.exists():
        return
    path.touch()
    folder = store.root.stat()
    with suppress(PermissionError):  # only root gives files away
        os.chown(path, folder.st_uid, folder.st_gid)
    path.chmod(_READABLE)


def is_applied_everywhere(store: StoreLayout, head: TakedownHead) -> bool:
    """Return whether each process that serves has applied exactly the log up to `head`, if it confirms at all.

    Raises:
        OSError: the file cannot be opened for writing, or the file system has no locks.
    """
    position = _position(head)
    with store.takedowns_applied.open("r+b") as file:
        if 0 <= time.time() - os.fstat(file.fileno()).st_mtime < _NOTICED_S:  # the clock may have gone back
            return False
        # Both ranges are held together: a service may go from a state in one to a state in the other.
        return _take(file, position + 1, 0) and (position == 0 or _take(file, 0, position))


def _take(file: IO[bytes], start: int, length: int) -> bool:
    """Lock a range of bytes until the file is closed, and return True, unless another process has a lock in it.

    A length of 0 reaches to the end of all files.
    """
    with suppress(BlockingIOError, PermissionError):  # systems differ in the error
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        return True
    return False


def _position(head: TakedownHead) -> int:
    return 0 if head == NO_TAKEDOWNS else 1 + int(head.digest[:_POSITION_DIGITS], 16)
