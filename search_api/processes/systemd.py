"""What systemd gives to a service, and what the service tells it; without systemd, nothing.

Its protocol is a few lines of text over a datagram socket (sd_notify(3), sd_listen_fds(3)), so no library is needed.
The one that binds to systemd needs a compiler, and the one that does not is from 2017 and hides every error.
"""

import logging
import os
import socket
import time

from indexer.snapshot.errors import ListenError

FIRST_SOCKET = 3
"""The number of the first socket that is passed on; the ones below are standard input, output and error."""

_log = logging.getLogger(__name__)


class Notifier:
    """Tells systemd what this process does; every message is one datagram.

    `ping_every_s` is how often the watchdog has to hear from the service, twice as often as it asks for; None if there
    is no watchdog. Errors are logged: a service that cannot report still has to answer.
    """

    def __init__(self, address: str | None, watchdog_s: float | None = None) -> None:
        self._address = address
        self.ping_every_s = watchdog_s / 2 if address and watchdog_s else None
        self._pinged = float("-inf")

    @classmethod
    def from_environment(cls) -> "Notifier":
        """Return the notifier that systemd asks for, and remove its variables: child processes must not report."""
        address = os.environ.pop("NOTIFY_SOCKET", None)
        process = os.environ.pop("WATCHDOG_PID", None)
        period_us = os.environ.pop("WATCHDOG_USEC", "")
        is_meant = process is None or process == str(os.getpid())
        return cls(address, int(period_us) / 1e6 if is_meant and period_us.isdigit() else None)

    def tell(self, *assignments: str) -> None:
        """Send assignments such as READY=1 in one message."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(assignments).encode(), address)
        except OSError as error:
            _log.warning("systemd cannot be told %s: %s", assignments[0], error.strerror or error)

    def ping(self) -> None:
        """Tell the watchdog that the service makes progress, if it is time for that."""
        now = time.monotonic()
        if self.ping_every_s is not None and now - self._pinged >= self.ping_every_s:
            self._pinged = now
            self.tell("WATCHDOG=1")


def inherited_sockets() -> list[socket.socket]:
    """Return the listening sockets that systemd passed to this process, none without socket activation.

    Raises:
        ListenError: a socket is not one that connections are accepted on.
    """
    process, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if process != str(os.getpid()) or not count.isdigit():
        return []
    sockets = []
    for number in range(FIRST_SOCKET, FIRST_SOCKET + int(count)):
        try:
            passed = socket.socket(fileno=number)
            listens = passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        except OSError as error:
            raise ListenError(f"file descriptor {number} is no socket, but LISTEN_FDS={count} says so") from error
        if not listens:
            passed.close()
            raise ListenError(
                f"socket {number} does not listen: the unit of the socket needs ListenStream= and Accept=no"
            )
        passed.set_inheritable(False)
        sockets.append(passed)
    return sockets


def host_of(passed: socket.socket) -> str:
    """Return the address that a socket listens on; that of a Unix socket is one of this machine."""
    return str(passed.getsockname()[0]) if passed.family in (socket.AF_INET, socket.AF_INET6) else "localhost"
