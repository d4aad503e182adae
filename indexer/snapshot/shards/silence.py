"""Which shards have not answered during a search: it goes on without their paragraphs, and says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from indexer.snapshot.errors import ClusterError

_silent: ContextVar[set[int] | None] = ContextVar("_silent", default=None)


@contextmanager
def noting_silent_shards() -> Iterator[set[int]]:
    """Yield the numbers of the shards that do not answer in the block; without one, that is an error."""
    silent: set[int] = set()
    token = _silent.set(silent)
    try:
        yield silent
    finally:
        _silent.reset(token)


def is_silent(number: int) -> bool:
    """Return whether a shard has not answered in the block: who asks it again would wait as long again."""
    return number in (_silent.get() or ())


def note_silent(number: int) -> None:
    """Note that a shard has not answered.

    Raises:
        ClusterError: nobody notes that, so an answer without the shard would look whole.
    """
    silent = _silent.get()
    if silent is None:
        raise ClusterError(f"shard {number} does not answer")
    silent.add(number)
