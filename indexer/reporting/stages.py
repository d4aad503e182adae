"""How long each stage of a build took, and how much memory the process had needed by then."""

import time
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: wall seconds, and the peak resident memory of the process up to its end."""

    name: str
    seconds: float
    peak_rss_bytes: int


class StageTimer:
    """Times stages that follow one another; the first one begins when the timer is created."""

    def __init__(self) -> None:
        self._ended: list[Stage] = []
        self._started = time.perf_counter()

    def end_stage(self, name: str) -> None:
        """End a stage and begin the next one."""
        now = time.perf_counter()
        # The kernel updates its counter per thread and with a delay, so a later value can be smaller.
        peak = max([peak_rss_bytes(), *(stage.peak_rss_bytes for stage in self._ended)])
        self._ended.append(Stage(name, round(now - self._started, 4), peak))
        self._started = now

    def ended_stages(self) -> tuple[Stage, ...]:
        """Return the stages that have ended, in order."""
        return tuple(self._ended)


def peak_rss_bytes() -> int:
    """Return the peak resident memory of this process, or 0 if the system does not report it."""
    # Not getrusage: its value survives exec, so a small process would begin with its parent's peak.
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
