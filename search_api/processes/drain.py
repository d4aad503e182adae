"""Between SIGTERM and the end: the service says that it is not ready, and answers everything for a while."""

import asyncio
import logging
import signal
import threading
from types import FrameType

_log = logging.getLogger(__name__)


class Drain:
    """Whether the process is about to stop, so that no new client should be sent to it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.has_begun = False

    def delay_stop(self) -> None:
        """Let SIGTERM stop the server `seconds` later; a second SIGTERM stops it at once, and so does SIGINT.

        Call it on the event loop of the server, whose own handler is kept. Without seconds, and where the server does
        not run on the main thread, nothing changes.
        """
        if not self._seconds or threading.current_thread() is not threading.main_thread():
            return
        loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
        if not callable(stop):
            return

        def begin(number: int, frame: FrameType | None) -> None:
            if self.has_begun:
                stop(number, frame)
                return
            self.has_begun = True
            _log.info("stopping in %g s; /readyz answers 503 from now on", self._seconds)
            loop.call_soon_threadsafe(loop.call_later, self._seconds, stop, number, None)

        signal.signal(signal.SIGTERM, begin)
