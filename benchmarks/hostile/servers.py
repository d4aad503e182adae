"""What the bounds of khabar's protocol cost: the same searches through it and through other HTTP servers."""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.load.closed_loop import ClosedLoad, run_closed
from benchmarks.load.server import free_port, run_server

OURS = "khabar"
"""uvicorn with khabar's protocol."""

_CLIENTS = 16
_WARM_UP_S = 2.0


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """One level of one server: "khabar", "uvicorn" with its own protocol, or "granian"."""

    server: str
    round: int
    load: ClosedLoad


def installed_servers() -> tuple[str, ...]:
    """Return the servers that can be compared here; granian is one if it is installed."""
    return (OURS, "uvicorn", *(["granian"] if find_spec("granian") else []))


def compare_servers(store: Path, paths: Sequence[str], *, rounds: int, seconds: float) -> list[ServerLoad]:
    """Start all servers on a store and load them in turns, in every second round in reverse order."""
    with ExitStack() as running:
        logs = running.enter_context(tempfile.TemporaryDirectory(prefix="khabar-servers-"))
        urls = {}
        for name in installed_servers():
            port = free_port()
            command = [sys.executable, "-m", "benchmarks.hostile.served", name, str(port)]
            started = run_server(
                command, port, "/readyz", log=Path(logs, f"{name}.log"), environment={"KHABAR_STORE": str(store)}
            )
            urls[name] = running.enter_context(started).url
        for url in urls.values():
            run_closed(url, paths, clients=_CLIENTS, seconds=_WARM_UP_S)
        return [
            ServerLoad(name, number, run_closed(urls[name], paths, clients=_CLIENTS, seconds=seconds))
            for number in range(rounds)
            for name in (list(urls) if number % 2 == 0 else reversed(urls))
        ]
