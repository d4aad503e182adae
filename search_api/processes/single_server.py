"""One server process: uvicorn, which here also reports to systemd."""

import logging
from socket import socket

import uvicorn

from search_api.processes.progress import Progress
from search_api.processes.systemd import Notifier

_log = logging.getLogger(__name__)


class SingleServer(uvicorn.Server):
    """Tells systemd when it answers requests, that it makes progress, and when it stops.

    The watchdog hears of it from the event loop, and only while `progress` has no part that stands still.
    """

    def __init__(self, config: uvicorn.Config, notifier: Notifier, progress: Progress) -> None:
        super().__init__(config)
        self._notifier = notifier
        self._progress = progress
        self._stalled: str | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start to answer requests, and say so."""
        await super().startup(sockets)
        self._notifier.tell("READY=1", "STATUS=answering requests")

    async def on_tick(self, counter: int) -> bool:
        """Tell the watchdog of progress; uvicorn calls this ten times a second."""
        stalled = self._progress.stalled()
        if stalled is None:
            self._notifier.ping()
        elif stalled != self._stalled:
            _log.critical("%s stands still", stalled)
            self._notifier.tell(f"STATUS={stalled} stands still")
        self._stalled = stalled
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop, and say so first."""
        self._notifier.tell("STOPPING=1", "STATUS=stopping")
        await super().shutdown(sockets)
