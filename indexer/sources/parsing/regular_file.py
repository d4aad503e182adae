"""Opening a file of a folder that others may write to: only what is a regular file in that folder is read."""

import errno
import os
import stat
import sys
from pathlib import Path

from indexer.sources.parsing.reject import UnreadableInput

NO_REGULAR_FILE = "no regular file, but a pipe, a socket or a device"
OUT_OF_FOLDER = "a link out of the folder; name its target as a source"

_SYSTEM_FOLDERS = ("/proc", "/sys")
"""Their files look regular, but are made by the kernel when they are read: they may block, or tell of processes."""


def open_regular_file(path: Path, root: Path | None) -> int:
    """Return the descriptor of a file that is open for reading.

    A check before the opening can be outrun: the file may be replaced by a link or a pipe in between. So what has been
    opened is checked. `root` is the folder, without links, that must hold the file; None allows any place.

    Raises:
        UnreadableInput: it is not a regular file, or not in the folder.
        OSError: it cannot be opened.
    """
    # Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnreadableInput(NO_REGULAR_FILE)
        real_path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if root is not None and not real_path.is_relative_to(root):
            raise UnreadableInput(OUT_OF_FOLDER)
        if any(map(real_path.is_relative_to, _SYSTEM_FOLDERS)):
            raise UnreadableInput("a file of /proc or /sys, which the kernel makes up when it is read")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_standard_input() -> int:
    """Return a descriptor of standard input, for the reader to close.

    Raises:
        OSError: there is no standard input.
    """
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    return os.dup(sys.stdin.fileno())
