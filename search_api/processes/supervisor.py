"""Several server processes: uvicorn starts and stops them; here they are replaced when they end or hang."""

import logging
from multiprocessing.connection import wait
from socket import socket

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from search_api.processes.systemd import Notifier

ANSWERS_WITHIN_S = 3.0
"""Within this time a server process answers whether it runs. A thread of its own does that, however busy it is, so one
that does not answer is stopped or starved, and is replaced."""

_log = logging.getLogger(__name__)


class Supervisor(Multiprocess):
    """uvicorn's supervisor, which is patient with processes that start, and reports to systemd.

    uvicorn asks each process in turn whether it runs, and replaces one that does not answer in time, also while it
    still imports its modules. Here a process has no limit before its first answer, and nobody waits for it.

    READY is sent when all processes answer requests, and the watchdog is told of progress as long as one of them does.
    """

    def __init__(self, config: Config, sockets: list[socket], notifier: Notifier) -> None:
        super().__init__(config, sockets)
        self._notifier = notifier
        self._asked: set[Process] = set()
        self._ready: dict[Process, bool] = {}
        self._told_ready = False
        self._status = ""
        self.failed = False
        """Whether it stopped because no process could be started."""

    def keep_subprocess_alive(self) -> None:
        """Replace what has ended or hangs, then report; uvicorn calls this twice a second."""
        for index, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if not (process.process.is_alive() and self._answers(process)):
                self._replace(index, process)
        self._report()

    def terminate_all(self) -> None:
        """Tell every process to stop."""
        self._notifier.tell("STOPPING=1", "STATUS=stopping")
        super().terminate_all()

    def _answers(self, process: Process) -> bool:
        """Return whether a process answers, or has not answered yet since it was started.

        Never more than one question waits for its answer, so an answer is about now.
        """
        try:
            if process not in self._asked:
                process.parent_conn.send(b"ping")
                self._asked.add(process)
            patience_s = ANSWERS_WITHIN_S if process in self._ready else 0
            if process.process.sentinel in wait([process.parent_conn, process.process.sentinel], patience_s):
                process.process.join(ANSWERS_WITHIN_S)  # it is ending; its exit status says why
                return False
            while process.parent_conn.poll(0):
                self._ready[process] = process.parent_conn.recv()
                self._asked.discard(process)
        except (OSError, EOFError):
            return False
        return process not in self._asked or process not in self._ready

    def _replace(self, index: int, process: Process) -> None:
        hangs = process.process.is_alive()
        process.kill()
        process.join()
        self._asked.discard(process)
        self._ready.pop(process, None)
        if process.exitcode == STARTUP_FAILURE and not any(self._ready.values()):
            _log.error("server process %s could not start, and no other one answers; the service ends", process.pid)
            self.failed = True
            self.should_exit.set()
            return
        _log.error("server process %s %s; another one replaces it", process.pid, "hangs" if hangs else "has ended")
        self.processes[index] = Process(self.config, self.sockets)
        self.processes[index].start()

    def _report(self) -> None:
        total = len(self.processes)
        ready = sum(self._ready.get(process, False) for process in self.processes)
        if ready == total and not self._told_ready:
            self._told_ready = True
            self._notifier.tell("READY=1")
        status = f"STATUS={ready} of {total} server processes answer"
        if status != self._status:
            self._status = status
            self._notifier.tell(status)
        if ready:
            self._notifier.ping()
