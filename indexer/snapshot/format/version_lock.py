"""Locks that keep a version from being pruned while a process reads it.

A reader holds a shared lock on the version's manifest. The lock belongs to the process and ends with
it, even if the process is killed.
"""

import errno
import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)

_log = logging.getLogger(__name__)


def lock_for_reading(manifest: Path) -> IO[bytes]:
    """Return an open file that keeps the version from being pruned until it is closed.

    Raises:
        BlockingIOError: the version is being removed.
        OSError: its manifest cannot be opened.
    """
    return _lock_file(manifest, fcntl.LOCK_SH)


@contextmanager
def lock_if_unused(manifest: Path) -> Iterator[bool]:
    """Yield whether no process reads the version; if so, none can open it during the block."""
    try:
        lock = _lock_file(manifest, fcntl.LOCK_EX)
    except FileNotFoundError:  # a version without a manifest cannot be opened
        yield True
    except OSError:  # it is in use, or this file system has no locks
        yield False
    else:
        with lock:
            yield True


def _lock_file(manifest: Path, mode: int) -> IO[bytes]:
    # Some network file systems give exclusive locks only on files that are open for writing.
    lock = manifest.open("r+b" if mode == fcntl.LOCK_EX else "rb")
    try:
        fcntl.flock(lock, mode | fcntl.LOCK_NB)
    except BaseException as error:
        lock.close()
        if isinstance(error, OSError) and error.errno in _NO_LOCKS:
            _log.warning(
                "the file system of %s has no locks (%s): no version is pruned from here, and nothing keeps another "
                "machine from pruning one that is open here",
                manifest.parent,
                error.strerror,
            )
        raise
    return lock
