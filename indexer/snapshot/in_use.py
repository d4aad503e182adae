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
    except BlockingIOError:
        yield False
    except OSError:  # no manifest: nobody can open it either
        yield True
    else:
        with mark:
            yield True


def _locked(manifest: Path, how: int) -> IO[bytes]:
    mark = manifest.open("rb")
    try:
        fcntl.flock(mark, how | fcntl.LOCK_NB)
    except BaseException:
        mark.close()
        raise
    return mark
