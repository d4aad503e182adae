"""Running the service: uvicorn with uvloop, one or several processes, under systemd or not."""

import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from tempfile import TemporaryDirectory

from indexer.snapshot.errors import UsageError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import open_snapshot
from search_api.app import create_app
from search_api.cluster.connect import shard_connector
from search_api.listening import check_address, refuse_strangers, uvicorn_config
from search_api.metrics import SHARED_FOLDER
from search_api.processes.progress import Progress
from search_api.processes.single_server import SingleServer
from search_api.processes.supervisor import Supervisor
from search_api.processes.systemd import Notifier, host_of, inherited_sockets
from search_api.settings import Settings


def run_server(settings: Settings, *, factory: str, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; running requests end first.

    One process serves the snapshot that is opened here. With several, each process makes its application
    with `factory` ("module:function"); `settings` reach it through the environment. Sockets that systemd passes go
    before the address of the settings.

    Raises:
        StoreError, ModelError: the published version cannot be served; raised before the port is opened.
        UsageError: the cluster of the settings cannot be used.
        ListenError: the port is in use, the address is none of this machine, or others could reach it without a key.
    """
    if workers > 1 and settings.engine == "ray" and settings.ray_address is None:
        raise UsageError("--workers with --engine ray needs --ray-address: each process would start a Ray of its own")
    notifier, sockets = Notifier.from_environment(), inherited_sockets()
    refuse_strangers(settings, [host_of(one) for one in sockets] or [settings.host])
    if not sockets:
        check_address(settings)
    _allow_many_connections()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again after it has shut down
    if workers == 1:
        _run_alone(settings, sockets, notifier)
        return
    # A bad store is reported once and not by each process. The trial has a process of its own: what it
    # loads would stay in this one's memory as long as this one runs.
    with ProcessPoolExecutor(1, get_context("spawn")) as trial:
        trial.submit(_try_to_open, settings).result()
    # A process that is started again later must not find the service open because the file of keys was lost meanwhile.
    guarded = settings.require_keys or StoreLayout(settings.store).keys.exists()
    for name, value in (settings.model_dump(exclude_none=True) | {"require_keys": guarded}).items():
        os.environ[f"KHABAR_{name.upper()}"] = str(value)
    with TemporaryDirectory(prefix="khabar-metrics-") as shared:
        os.environ[SHARED_FOLDER] = shared
        config = uvicorn_config(factory, settings, factory=True, workers=workers)
        with _plain_exit_status():
            supervisor = Supervisor(config, sockets or [config.bind_socket()], notifier)
            supervisor.run()
        if supervisor.failed:
            raise SystemExit(1)


def _run_alone(settings: Settings, sockets: list[socket.socket], notifier: Notifier) -> None:
    progress = Progress()
    app = create_app(
        settings, snapshot=open_snapshot(settings.store, connect=shard_connector(settings)), progress=progress
    )
    with _plain_exit_status():
        server = SingleServer(uvicorn_config(app, settings), notifier, progress)
        server.run(sockets or None)
        if not server.started:
            raise SystemExit(1)


def _allow_many_connections() -> None:
    """Take as many open files as the system gives: each connection is one, and 1,024 are soon used up."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems give less than they say
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _try_to_open(settings: Settings) -> None:
    open_snapshot(settings.store, connect=shard_connector(settings)).close()


@contextmanager
def _plain_exit_status() -> Iterator[None]:
    """Let uvicorn's failures end with 1: it has logged the reason, and its status is khabar's for a held lock."""
    try:
        yield
    except SystemExit as status:
        raise SystemExit(1 if status.code else 0) from status
