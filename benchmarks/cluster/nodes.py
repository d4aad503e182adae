"""Nodes of a Ray cluster on this machine, each with a network of its own that can be cut off."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.harness.errors import BenchmarkError

_BRIDGE = "khabar0"
_NETWORK = "10.77.0"
_PORT = 6379
_STARTED_WITHIN_S = 60.0
_STOPPED_WITHIN_S = 30.0
_RAY = Path(sys.executable).with_name("ray")


class Nodes:
    """A head without processors, and nodes, each in a network namespace that a bridge connects with the head.

    Nodes are numbered from 1. They share the files of this machine, and its processors. `environment` is what a process
    needs to be let into the cluster.
    """

    def __init__(self, n_nodes: int) -> None:
        """Start all nodes; `close` ends them.

        Raises:
            BenchmarkError: this process may not make networks (it has to be root), or Ray does not start.
        """
        self._stack = ExitStack()
        self.environment = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        try:
            self._stack.enter_context(_bridge())
            for number in range(1, n_nodes + 1):
                self._stack.enter_context(_namespace(number))
            self._stack.callback(self._end_all)
            self._start(0, "--head", f"--port={_PORT}", "--num-cpus=0", "--include-dashboard=false")
            for number in range(1, n_nodes + 1):
                self.start(number)
        except BaseException:
            self.close()
            raise

    @property
    def address(self) -> str:
        """The address of the head."""
        return f"{_NETWORK}.1:{_PORT}"

    def start(self, number: int) -> None:
        """Start Ray on a node, with one processor."""
        self._start(number, f"--address={self.address}", "--num-cpus=1")

    def stop(self, number: int) -> None:
        """End Ray on a node as systemd does, with SIGTERM first."""
        self._processes[number].terminate()
        with suppress(subprocess.TimeoutExpired):
            self._processes[number].wait(_STOPPED_WITHIN_S)
        self.kill(number)

    def kill(self, number: int) -> None:
        """Kill every process of a node with SIGKILL."""
        for pid in _pids(number):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._processes.pop(number).wait()

    def cut(self, number: int) -> None:
        """Cut a node off: nothing reaches it, and nothing from it arrives."""
        _ip("link", "set", _link(number), "down")

    def join(self, number: int) -> None:
        """Connect a node again. Ray ends a node that was away for long; that is started again, as systemd would."""
        _ip("link", "set", _link(number), "up")

    def restart_if_ended(self, number: int) -> None:
        """Start a node again if Ray has ended there."""
        if self._processes[number].poll() is not None:
            self.kill(number)
            self.start(number)

    def processes(self, number: int, beginning: str) -> list[psutil.Process]:
        """Return the processes of a node whose command line begins so."""
        pids = set(_pids(number))
        return [process for process in processes_titled(beginning) if process.pid in pids]

    def close(self) -> None:
        """End all nodes, and take their networks away."""
        self._stack.close()

    def _start(self, number: int, *options: str) -> None:
        within = ["ip", "netns", "exec", _name(number)] if number else []
        own_address = f"--node-ip-address={_NETWORK}.{number + 1}"
        process = subprocess.Popen(  # noqa: S603
            [*within, str(_RAY), "start", "--block", own_address, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | self.environment,
        )
        self._processes[number] = process
        until = time.monotonic() + _STARTED_WITHIN_S
        for line in process.stdout or ():
            if b"Ray runtime started" in line:
                return
            if time.monotonic() > until:
                break
        raise BenchmarkError(f"Ray did not start on node {number}")

    def _end_all(self) -> None:
        for number in self._processes:
            for pid in _pids(number) if number else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        subprocess.run([_RAY, "stop", "--force"], capture_output=True, check=False)  # noqa: S603
        for process in self._processes.values():
            process.kill()
            process.wait()


def processes_titled(beginning: str) -> list[psutil.Process]:
    """Return the processes of this machine whose command line begins so, in the order of their ids."""
    found = ((process, " ".join(process.info["cmdline"] or ())) for process in psutil.process_iter(["cmdline"]))
    return [process for process, title in found if title.startswith(beginning)]


@contextmanager
def _bridge() -> Iterator[None]:
    _ip("link", "add", _BRIDGE, "type", "bridge")
    try:
        _ip("addr", "add", f"{_NETWORK}.1/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        yield
    finally:
        _ip("link", "del", _BRIDGE)


@contextmanager
def _namespace(number: int) -> Iterator[None]:
    name, link = _name(number), _link(number)
    _ip("netns", "add", name)
    try:
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", link, "master", _BRIDGE, "up")
        for command in (
            ("addr", "add", f"{_NETWORK}.{number + 1}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-netns", name, *command)
        yield
    finally:
        _ip("netns", "del", name)


def _ip(*arguments: str) -> str:
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise BenchmarkError("nodes have networks of their own: install iproute2") from error
    if done.returncode:
        raise BenchmarkError(f"`ip {' '.join(arguments)}`: {done.stderr.strip()}; this needs root")
    return done.stdout


def _pids(number: int) -> Sequence[int]:
    return sorted(map(int, _ip("netns", "pids", _name(number)).split()))


def _name(number: int) -> str:
    return f"khabar-node-{number}"


def _link(number: int) -> str:
    return f"khabar{number}"
