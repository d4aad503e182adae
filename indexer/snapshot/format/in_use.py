"""Marks a version as open, so that pruning leaves it alone as long as a process reads from it.

The mark is a shared lock on the version's manifest. It belongs to the process: it goes when the
process ends, however that ends.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def mark_in_use(manifest: Path) -> IO[bytes]:
    """Return an open file that marks the version until it is closed.

    Raises:
        BlockingIOError: the version is being removed.
        OSError: its manifest cannot be opened.
    """
    return _locked(manifest, fcntl.LOCK_SH)


@contextmanager
def unused(manifest: Path) -> Iterator[bool]:
    """Tell whether nobody has a version open; for the time of the block nobody can open it."""
    try:
        mark = _locked(manifest, fcntl.LOCK_EX)
    except FileNotFoundError:  # nobody can open it either
        yield True
    except OSError:  # it is in use, or that cannot be told here
        yield False
    else:
        with mark:
            yield True


def _locked(manifest: Path, how: int) -> IO[bytes]:
    # Some network file systems lock exclusively only what is open for writing.
    mark = manifest.open("r+b" if how == fcntl.LOCK_EX else "rb")
    try:
        fcntl.flock(mark, how | fcntl.LOCK_NB)
    except BaseException:
        mark.close()
        raise
    return mark
