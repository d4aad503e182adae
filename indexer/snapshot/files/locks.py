"""Locks of a store that the operating system gives, and releases when their process ends, for whatever reason.

Without them there is only a file that says "locked". A killed build would leave it behind, and no build would run until
somebody removes it; two machines could both believe that the file is theirs. So a store without locks is refused.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from indexer.snapshot.errors import StoreError

_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)


@contextmanager
def locked(path: Path, *, timeout_s: float = -1) -> Iterator[None]:
    """Hold the lock of a file, which is created; wait so many seconds for it, and for ever if the number is negative.

    Raises:
        filelock.Timeout: somebody else has held it for all that time.
        StoreError: the file system has no locks.
        OSError: the file cannot be created.
    """
    lock = FileLock(path, timeout=timeout_s, fallback_to_soft=False)
    try:
        lock.acquire()
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        raise StoreError(
            f"the file system of {path.parent} has no locks (flock: {error.strerror}), so two writers could damage the "
            "store: keep it on a local disk, or mount the network file system with locks"
        ) from error
    try:
        yield
    finally:
        lock.release()
