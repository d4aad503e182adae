"""One thread at a time runs the Python code of searches; the others run native code, or wait for their turn.

Python's own lock lets one thread run at a time as well, but a thread gives it up at every call into SQLite, FAISS and
NumPy, however short, and then has to wait until another one gives it up. Where two threads search at once, each search
so changes threads dozens of times, and together they answer fewer searches than one of them alone. A thread that has
the turn keeps it for a whole search, except where native code runs long enough that another thread should go on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

_turn = Lock()
_this_thread = local()


@contextmanager
def python_turn() -> Iterator[None]:
    """Wait for this thread's turn, and keep it for the block. It must not have the turn already."""
    with _turn:
        _this_thread.has_turn = True
        try:
            yield
        finally:
            _this_thread.has_turn = False


@contextmanager
def native_code() -> Iterator[None]:
    """Leave the turn to other threads for a block of long native code; a thread without the turn just goes on."""
    if not getattr(_this_thread, "has_turn", False):
        yield
        return
    _this_thread.has_turn = False
    _turn.release()
    try:
        yield
    finally:
        _turn.acquire()
        _this_thread.has_turn = True
