"""What safety costs: the same searches to khabar as it is, with a key, as it was, and through other HTTP servers."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.load.closed_loop import ClosedLoad, run_closed
from benchmarks.load.server import free_port, run_server
from indexer.snapshot.format.keys import Scope
from indexer.snapshot.layout import StoreLayout
from indexer.store.copy import copy_store
from indexer.store.keys import create_key

OURS = "khabar"
"""`khabar serve`: uvicorn with khabar's protocol."""

WITH_KEY = "khabar with a key"
BASELINE = "an earlier khabar"

_HERE = str(Path(__file__).resolve().parents[2])
_CLIENTS = 16
_WARM_UP_S = 2.0


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """One level of one server: one of the names above, "uvicorn" with its own protocol, or "granian"."""

    server: str
    round: int
    load: ClosedLoad


@dataclass(frozen=True, slots=True)
class _Running:
    url: str
    headers: Mapping[str, str]


def compare_servers(
    store: Path, paths: Sequence[str], *, rounds: int, seconds: float, baseline: Path | None = None
) -> list[ServerLoad]:
    """Start all servers on a store and load them in turns, in every second round in reverse order.

    `baseline` is a checkout of an earlier revision, which must be able to read the store. granian is compared if it is
    installed.
    """
    with ExitStack() as running:
        scratch = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="khabar-servers-")))
        key, with_keys = _store_with_key(store, scratch)

        def start(name: str, served: Path, command: Sequence[str], headers: Mapping[str, str], path: str) -> _Running:
            port = free_port()
            environment = {"KHABAR_STORE": str(served), "KHABAR_QUERY_CACHE": "0", "PYTHONPATH": path}
            command = [sys.executable, "-P", "-m", *command, *(["--port"] if "serve" in command else []), str(port)]
            log = scratch / f"{name}.log"
            return _Running(
                running.enter_context(run_server(command, port, "/readyz", log=log, environment=environment)).url,
                headers,
            )

        serve = ("search_api", "serve")
        servers = {
            OURS: start(OURS, store, serve, {}, _HERE),
            WITH_KEY: start(WITH_KEY, with_keys, serve, {"X-API-Key": key}, _HERE),
        }
        if baseline is not None:
            servers[BASELINE] = start(BASELINE, store, serve, {}, str(baseline))
        for name in ("uvicorn", *(["granian"] if find_spec("granian") else [])):
            servers[name] = start(name, store, ("benchmarks.hostile.served", name), {}, _HERE)
        return _load_in_turns(servers, paths, rounds, seconds)


def _store_with_key(store: Path, scratch: Path) -> tuple[str, Path]:
    """Return a key, and a copy of a store that asks for it."""
    copy = StoreLayout(scratch / "store")
    copy_store(StoreLayout(store), copy)
    key, _ = create_key(copy, "benchmark", [Scope.SEARCH], None)
    return key, copy.root


def _load_in_turns(
    servers: Mapping[str, _Running], paths: Sequence[str], rounds: int, seconds: float
) -> list[ServerLoad]:
    for server in servers.values():
        run_closed(server.url, paths, clients=_CLIENTS, seconds=_WARM_UP_S, headers=server.headers)
    loads = []
    for number in range(rounds):
        for name in list(servers) if number % 2 == 0 else reversed(list(servers)):
            server = servers[name]
            load = run_closed(server.url, paths, clients=_CLIENTS, seconds=seconds, headers=server.headers)
            loads.append(ServerLoad(name, number, load))
    return loads
