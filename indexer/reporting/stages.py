"""How long each stage of a build took, and how much memory the process had needed by then."""

import time
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: wall seconds, and the most memory that the process had held when the stage ended."""

    name: str
    seconds: float
    peak_rss_bytes: int


class Stages:
    """Records stages one after the other; the first begins with the object."""

    def __init__(self) -> None:
        self._done: list[Stage] = []
        self._since = time.perf_counter()

    def ended(self, name: str) -> None:
        """End a stage and begin the next."""
        now = time.perf_counter()
        # The kernel's counter is a little behind on some threads, and may seem to fall.
        peak = max([peak_rss_bytes(), *(stage.peak_rss_bytes for stage in self._done)])
        self._done.append(Stage(name, round(now - self._since, 4), peak))
        self._since = now

    def all(self) -> tuple[Stage, ...]:
        """Return the stages that have ended, in their order."""
        return tuple(self._done)


def peak_rss_bytes() -> int:
    """Return the most resident memory that this process has held so far; 0 where the system does not tell."""
    # Not getrusage: its figure outlives exec, so a small process would begin with its parent's peak.
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
