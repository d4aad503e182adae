"""What systemd hears of the service and what it passes to it, with a socket of the test in its place."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from indexer.snapshot.errors import ListenError
from search_api import server
from search_api.processes import systemd
from search_api.processes.progress import Progress
from search_api.processes.single_server import SingleServer
from search_api.processes.systemd import Notifier, host_of, inherited_sockets
from search_api.settings import Settings
from tests.service_process import fake_service, free_port, status_of


@contextmanager
def listening(path: Path | str) -> Iterator[socket.socket]:
    """Yield the socket that systemd would read from."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(60)
        yield receiver


def messages(receiver: socket.socket) -> list[str]:
    """Return the messages that have arrived."""
    found = []
    receiver.setblocking(False)
    try:
        while True:
            found.append(receiver.recv(4096).decode())
    except BlockingIOError:
        receiver.settimeout(60)
        return found


def test_a_message_is_one_datagram(tmp_path: Path) -> None:
    with listening(tmp_path / "notify") as receiver:
        Notifier(str(tmp_path / "notify")).tell("READY=1", "STATUS=answering")
        assert messages(receiver) == ["READY=1\nSTATUS=answering"]


def test_an_address_may_have_no_file() -> None:
    name = f"khabar-test-{os.getpid()}"
    with listening(f"\0{name}") as receiver:
        Notifier(f"@{name}").tell("READY=1")
        assert messages(receiver) == ["READY=1"]


def test_a_service_that_cannot_report_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Notifier(str(tmp_path / "nobody")).tell("READY=1")
    assert "systemd cannot be told READY=1" in caplog.text
    Notifier(None, 30).ping()  # without systemd there is nobody to tell


def test_pings_come_twice_as_often_as_the_watchdog_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("search_api.processes.systemd.time.monotonic", lambda: now)
    with listening(tmp_path / "notify") as receiver:
        notifier = Notifier(str(tmp_path / "notify"), 10)
        for now in (0.0, 1.0, 4.9, 5.0, 9.0, 10.5):  # noqa: B007  # the clock reads it
            notifier.ping()
        assert messages(receiver) == ["WATCHDOG=1"] * 3


@pytest.mark.parametrize(("process", "expected"), [(None, 15), ("own", 15), ("1", None)])
def test_variables_are_for_this_process_alone(
    process: str | None, expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    if process is not None:
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if process == "own" else process)
    assert Notifier.from_environment().ping_every_s == expected
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & os.environ.keys()
    assert Notifier.from_environment().ping_every_s is None


def pass_on(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables of systemd; the test runner has a file 3 of its own, so another number is the first."""
    monkeypatch.setattr(systemd, "FIRST_SOCKET", number)
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "1")


def test_a_passed_socket_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        pass_on(listener.detach(), monkeypatch)
        (passed,) = inherited_sockets()
        with passed:
            assert (passed.getsockname(), host_of(passed)) == (address, "127.0.0.1")
    assert inherited_sockets() == []  # the variables are gone, as they are for child processes


def test_sockets_for_another_process_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", "1")
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert inherited_sockets() == []


def test_a_socket_that_does_not_listen_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as silent:
        number = os.dup(silent.fileno())
        pass_on(number, monkeypatch)
        with pytest.raises(ListenError, match="does not listen"):
            inherited_sockets()
    with (tmp_path / "file").open("wb") as file:
        pass_on(file.fileno(), monkeypatch)
        with pytest.raises(ListenError, match="is no socket"):
            inherited_sockets()


def test_a_unix_socket_is_local(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "khabar"))
        assert host_of(listener) == "localhost"


def test_the_watchdog_hears_nothing_while_a_part_stands_still(tmp_path: Path) -> None:
    now = 0.0
    progress = Progress(lambda: now)
    progress.went_on("following takedowns", 60)
    with listening(tmp_path / "notify") as receiver:
        notifier = Notifier(str(tmp_path / "notify"), 1e-9)
        single = SingleServer(uvicorn.Config("none:none"), notifier, progress)
        asyncio.run(single.on_tick(1))
        assert messages(receiver) == ["WATCHDOG=1"]
        now = 61
        asyncio.run(single.on_tick(2))
        asyncio.run(single.on_tick(3))
        assert messages(receiver) == ["STATUS=following takedowns stands still"]
        progress.went_on("following takedowns", 60)
        asyncio.run(single.on_tick(4))
        assert messages(receiver) == ["WATCHDOG=1"]


@pytest.mark.slow  # several processes
@pytest.mark.parametrize("workers", [1, 2])
def test_systemd_hears_of_the_life_of_a_service(fake_store: Path, tmp_path: Path, workers: int) -> None:
    port = free_port()
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
    options = ("--port", str(port), "--workers", str(workers))
    with listening(tmp_path / "notify") as receiver, fake_service(fake_store, *options, env=environment) as process:
        heard = [receiver.recv(4096).decode()]
        while not heard[-1].startswith("READY=1"):
            heard.append(receiver.recv(4096).decode())
        assert status_of(f"http://127.0.0.1:{port}/readyz") == 200  # it did not say so too early
        while heard.count("WATCHDOG=1") < 3:
            heard.append(receiver.recv(4096).decode())
        assert any("STATUS=" in message for message in heard)
        assert sum("READY=1" in message for message in heard) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert messages(receiver)[-1].startswith("STOPPING=1")


def test_a_passed_socket_that_others_reach_needs_keys(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is where the socket listens, not the address in the settings, which nobody uses then."""
    with socket.create_server(("0.0.0.0", 0)) as passed:  # noqa: S104  # it is refused
        monkeypatch.setattr(server, "inherited_sockets", lambda: [passed])
        with pytest.raises(ListenError, match=r"other machines can reach 0\.0\.0\.0, and this store has no keys"):
            server.run_server(Settings(store=fake_store), factory="none:none", workers=1)
