"""What safety costs: the same searches to khabar as it is, with a key, as it was, and through other HTTP servers."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.load.closed_loop import ClosedLoad, run_closed
from benchmarks.load.levels import use_between
from benchmarks.load.server import Server, free_port, run_server
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
    """One level of one server: one of the names above, "uvicorn" with its own protocol, or "granian".

    `cpu_s` is the processor time of all processes of the server meanwhile; None in records that lack it.
    """

    server: str
    round: int
    load: ClosedLoad
    cpu_s: float | None = None


@dataclass(frozen=True, slots=True)
class Checkouts:
    """Earlier revisions of khabar that are compared, as folders that hold them.

    `baseline` is one, with a store that it can read, and `revision` is compared with it instead of this one.
    """

    baseline: Path | None = None
    baseline_store: Path | None = None
    revision: Path | None = None


@dataclass(frozen=True, slots=True)
class Turns:
    """The servers are started anew `starts` times, each time for some `rounds` of so many `seconds` for each of them.

    Two processes of the same code may differ by a tenth as long as they live, by where their memory is.
    """

    starts: int
    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Running:
    server: Server
    headers: Mapping[str, str]
    paths: Sequence[str]


def compare_servers(
    store: Path,
    paths: Sequence[str],
    turns: Turns,
    checkouts: Checkouts,
    *,
    mode: str | None = None,
    others: bool = True,
    cache: bool = False,
) -> list[ServerLoad]:
    """Start all servers on a store and load them in turns, in every second round in reverse order.

    All but the baseline are asked in the search mode `mode`, if one is named. With `others`, uvicorn with its own
    protocol is compared too, and granian if it is installed. With `cache`, the servers keep the vectors of queries.
    """
    loads: list[ServerLoad] = []
    for number in range(turns.starts):
        rounds = range(number * turns.rounds, (number + 1) * turns.rounds)
        loads += _compare_once(store, paths, rounds, turns.seconds, checkouts, mode, others=others, cache=cache)
    return loads


def _compare_once(
    store: Path,
    paths: Sequence[str],
    rounds: range,
    seconds: float,
    checkouts: Checkouts,
    mode: str | None,
    *,
    others: bool,
    cache: bool,
) -> list[ServerLoad]:
    ours = _HERE if checkouts.revision is None else str(checkouts.revision.resolve())
    in_mode = [f"{path}&mode={mode}" for path in paths] if mode else paths
    with ExitStack() as running:
        scratch = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="khabar-servers-")))
        key, with_keys = _store_with_key(store, scratch)

        def start(name: str, served: Path, command: Sequence[str], headers: Mapping[str, str], path: str) -> _Running:
            port = free_port()
            environment = {"KHABAR_STORE": str(served), "PYTHONPATH": path}
            environment |= {} if cache else {"KHABAR_QUERY_CACHE": "0"}
            command = [sys.executable, "-P", "-m", *command, *(["--port"] if "serve" in command else []), str(port)]
            log = scratch / f"{name}.log"
            return _Running(
                running.enter_context(run_server(command, port, "/readyz", log=log, environment=environment)),
                headers,
                paths if name == BASELINE else in_mode,
            )

        serve = ("search_api", "serve")
        servers = {
            OURS: start(OURS, store, serve, {}, ours),
            WITH_KEY: start(WITH_KEY, with_keys, serve, {"X-API-Key": key}, ours),
        }
        if checkouts.baseline is not None:
            earlier_store, earlier = checkouts.baseline_store or store, str(checkouts.baseline.resolve())
            servers[BASELINE] = start(BASELINE, earlier_store, serve, {}, earlier)
        for name in ("uvicorn", *(["granian"] if find_spec("granian") else [])) if others else ():
            servers[name] = start(name, store, ("benchmarks.hostile.served", name), {}, ours)
        return _load_in_turns(servers, rounds, seconds)


def _store_with_key(store: Path, scratch: Path) -> tuple[str, Path]:
    """Return a key, and a copy of a store that asks for it."""
    copy = StoreLayout(scratch / "store")
    copy_store(StoreLayout(store), copy)
    key, _ = create_key(copy, "benchmark", [Scope.SEARCH], None)
    return key, copy.root


def _load_in_turns(servers: dict[str, _Running], rounds: range, seconds: float) -> list[ServerLoad]:
    for server in servers.values():
        _load(server, _WARM_UP_S)
    return [
        ServerLoad(name, number, *_load(servers[name], seconds))
        for number in rounds
        for name in (servers if number % 2 == 0 else reversed(servers))
    ]


def _load(running: _Running, seconds: float) -> tuple[ClosedLoad, float | None]:
    """Return a load, and the processor time in seconds that the server used for it."""
    before = running.server.usage()
    load = run_closed(running.server.url, running.paths, clients=_CLIENTS, seconds=seconds, headers=running.headers)
    use = use_between(before, running.server.usage())
    return load, None if use is None else use.cpu_s
