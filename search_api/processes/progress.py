"""Whether a server process still makes progress, and its end if not.

A process that hangs looks alive from outside: it runs, and other threads answer for it. So each part that must go on
says so itself, and a thread that depends on none of them looks.
"""

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

LOOP = "the event loop"
BEAT_EVERY_S = 0.5

HUNG_AFTER_S = 3.0
"""How long the event loop may stand still in one of several server processes. It only passes requests on to threads, so
a tenth of a second is long already."""

_log = logging.getLogger(__name__)


class Progress:
    """When each part of a process last went on; parts may run on different threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._parts: dict[str, tuple[float, float]] = {}
        self.beats = 0
        """How often the event loop has gone on."""

    def went_on(self, part: str, within_s: float) -> None:
        """Note that a part goes on, and that it will do so again within so many seconds."""
        self._parts[part] = (self._clock(), within_s)

    def forget(self, part: str) -> None:
        """Expect nothing more of a part."""
        self._parts.pop(part, None)

    def stalled(self) -> str | None:
        """Return the name of a part that should have gone on by now, or None."""
        now = self._clock()
        return next((part for part, (last, within_s) in self._parts.copy().items() if now - last > within_s), None)

    async def follow_loop(self) -> None:
        """Note that the event loop goes on, until cancelled."""
        while True:
            self.beats += 1
            await asyncio.sleep(BEAT_EVERY_S)


def end_when_hung(progress: Progress, end: Callable[[], None] | None = None) -> None:
    """Watch a server process from a thread of its own, and end it when it hangs: another process replaces it.

    The thread counts its own turns and not seconds: after a pause of the whole process or machine, the event loop and
    all parts get their time again. It begins with the first beat, because before it the process is still importing.
    """

    def watch() -> None:
        still, seen, stalled = 0, progress.beats, 0
        while True:
            time.sleep(BEAT_EVERY_S)
            beats = progress.beats
            still, seen = (0 if beats != seen or not beats else still + 1), beats
            part = progress.stalled()
            stalled = 0 if part is None else stalled + 1
            loop_hangs = still * BEAT_EVERY_S >= HUNG_AFTER_S
            if loop_hangs or stalled * BEAT_EVERY_S >= HUNG_AFTER_S:
                hung = LOOP if loop_hangs else part
                _log.critical(
                    "%s of process %d hangs; the process ends, and another one replaces it", hung, os.getpid()
                )
                (end or _end_process)()
                return

    threading.Thread(target=watch, name="khabar-progress", daemon=True).start()


def _end_process() -> None:
    faulthandler.dump_traceback(sys.__stderr__ or 2)  # where it hangs
    os.kill(os.getpid(), signal.SIGKILL)  # an orderly end would need the part that hangs
