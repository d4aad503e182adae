"""No webhook reaches into a private network, whatever its name resolves to."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpcore
import pytest

from indexer.alerts.webhooks import addresses, send
from indexer.alerts.webhooks.addresses import DeliveryFailed, is_public
from indexer.alerts.webhooks.message import Message, signer_with
from indexer.alerts.webhooks.send import ReceiverUnavailable, webhook_client
from tests.indexer.alerts.webhooks.receiver import SECRET, running_receiver

MESSAGE = Message("alert_1", '{"text": "قمر"}')


@pytest.fixture(autouse=True)
def _without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "_LONGEST_WAIT_S", 0.0)


def send_to(url: str, *, allow_private: bool = False) -> None:
    async def run() -> None:
        async with webhook_client(allow_private=allow_private) as client:
            await send.send(client, url, MESSAGE, signer_with(SECRET))

    asyncio.run(run())


class FakeResolver:
    """Answers each look-up with the next of some lists of addresses, and remembers the names."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.names: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[str]:
        self.names.append(host)
        return list(self._answers.pop(0))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104  # Linux connects to itself
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",  # credentials of virtual machines
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "fe80::1%lo",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        "192.0.0.8",
        "192.0.0.192",  # credentials of virtual machines of Oracle
        "192.88.99.1",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "3fff::1",
        "5f00::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_this_machine_is_refused_by_whatever_name(host: str) -> None:
    with running_receiver() as receiver, pytest.raises(DeliveryFailed, match="which is not public") as refused:
        send_to(f"http://{host}:{receiver.port}/")
    assert not isinstance(refused.value, ReceiverUnavailable)  # it is not tried again at once
    assert receiver.received == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_public_address_of_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda _address: True)  # 127.0.0.1 stands for one
    monkeypatch.setattr(addresses, "_look_up", FakeResolver([address]))
    with running_receiver() as receiver, pytest.raises(DeliveryFailed, match="which is one of this machine"):
        send_to(f"http://receiver.example:{receiver.port}/")
    assert receiver.received == []


def test_an_address_of_another_machine_is_not_of_this_one() -> None:
    assert not addresses.is_of_this_machine("192.0.2.1")
    assert not addresses.is_of_this_machine("2001:db8::1")


def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = FakeResolver(["10.0.0.7", "fc00::1"])
    monkeypatch.setattr(addresses, "_look_up", resolver)
    with pytest.raises(DeliveryFailed, match=r"has the address 10\.0\.0\.7, which is not public"):
        send_to("https://receiver.example/")
    assert resolver.names == ["receiver.example"]


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name service that answers differently the second time is not asked a second time."""
    connected: list[str] = []

    async def refuse(_backend: object, host: str, *_arguments: object) -> None:
        connected.append(host)
        raise httpcore.ConnectError("no connections in tests")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", refuse)
    monkeypatch.setattr(
        addresses, "_look_up", FakeResolver(["10.0.0.7", "8.8.8.8", "2606:4700::1111"], *[["127.0.0.1"]] * 2)
    )
    with pytest.raises(DeliveryFailed):
        send_to("http://receiver.example/")
    assert connected == ["8.8.8.8", "2606:4700::1111"]


def test_the_next_address_is_tried_where_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_receiver() as receiver:
        monkeypatch.setattr(addresses, "_look_up", FakeResolver(["127.0.0.2", "127.0.0.1"]))
        send_to(f"http://receiver.example:{receiver.port}/hook", allow_private=True)
        ((path, headers, body),) = receiver.received
    assert (path, headers["host"]) == ("/hook", f"receiver.example:{receiver.port}")
    assert body.decode() == MESSAGE.body


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would look up the name by itself."""
    with running_receiver() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setattr(addresses, "_look_up", FakeResolver(["10.0.0.7"]))
        with pytest.raises(DeliveryFailed, match="which is not public"):
            send_to("http://receiver.example/")
    assert proxy.received == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_the_certificate_is_that_of_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=receiver.example",
    ]
    files = ["-keyout", str(key), "-out", str(certificate), "-addext", "subjectAltName=DNS:receiver.example"]
    subprocess.run([*command, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running_receiver(context) as receiver:
        monkeypatch.setattr(addresses, "_look_up", FakeResolver(*[["127.0.0.1"]] * 4))
        send_to(f"https://receiver.example:{receiver.port}/", allow_private=True)
        assert len(receiver.received) == 1
        with pytest.raises(ReceiverUnavailable, match="certificate verify failed"):
            send_to(f"https://other.example:{receiver.port}/", allow_private=True)
        assert len(receiver.received) == 1


def test_a_name_that_is_unknown_or_too_long_is_a_receiver_that_cannot_be_reached() -> None:
    for host in ("no-such-host.invalid", "x" * 70 + ".example"):
        with pytest.raises(ReceiverUnavailable, match="cannot be looked up"):
            send_to(f"http://{host}/")
