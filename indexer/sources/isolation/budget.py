"""How much time and memory the reader of one file may use, and the clock that measures the time."""

from dataclasses import dataclass

DEFAULT_TIME_S = 60.0
DEFAULT_MEMORY_BYTES = 2**30

PROGRESS_BYTES = 8 * 2**20
"""For each further part of this size that is read from a file, its reader gets the time of the budget once more.

A large archive is read in the time that its size asks for, at more than 0.14 MiB a second; pages of a web archive, the
slowest input, take ten times less on a slow core."""


@dataclass(frozen=True, slots=True)
class FileBudget:
    """What the reader of one file may use; the defaults are for any file, however large.

    `time_s` is the longest time without an article, a reject or a further byte of the file. The whole file may take
    `time_s` once, and once more for each PROGRESS_BYTES that are read of it. `memory_bytes` comes on top of what the
    reader itself needs.
    """

    time_s: float = DEFAULT_TIME_S
    memory_bytes: int = DEFAULT_MEMORY_BYTES


DEFAULT_BUDGET = FileBudget()


class FileClock:
    """The time that the build has waited for the reader of one file; what the build does itself is not counted."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._idle_s = 0.0
        self._total_s = 0.0
        self._n_bytes: int | None = None
        self.n_items = 0

    @property
    def remaining_s(self) -> float:
        """Seconds that are left, 0 or less if none is."""
        idle_left = self._limit_s - self._idle_s
        if self._n_bytes is None:
            return idle_left
        return min(idle_left, self._limit_s * (1 + self._n_bytes // PROGRESS_BYTES) - self._total_s)

    def wait(self, seconds: float) -> None:
        """Count time that has passed."""
        self._idle_s += seconds
        self._total_s += seconds

    def take_item(self) -> None:
        """Take notice that the reader has given an article or a reject."""
        self.n_items += 1
        self._idle_s = 0.0

    def reach(self, n_bytes: int | None) -> None:
        """Take notice of how far the file has been read; None if that cannot be known, as of a pipe."""
        if n_bytes is not None and (self._n_bytes is None or n_bytes > self._n_bytes):
            self._n_bytes = n_bytes
            self._idle_s = 0.0


def memory_text(memory_bytes: int) -> str:
    """Return an amount of memory for a message."""
    return f"{memory_bytes / 2**20:,.0f} MiB"
