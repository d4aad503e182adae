"""Connections to public addresses only, whatever a name resolves to.

Whoever may write a saved search could otherwise let the machine that builds send requests into its own network. The
address is checked between looking up the name and connecting, and the connection goes to the address that was checked,
so no second answer of the name service can lead elsewhere. The certificate is still compared with the name.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore

_NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses that end with the IPv4 address that a network without IPv4 translates them to (RFC 6052)."""

_NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # protocols of the IETF, such as translators of a network (RFC 6890)
            "192.88.99.0/24",  # relays of 6to4, given up (RFC 7526)
            "168.63.129.16/32",  # the host of a virtual machine of Azure, under an address of the internet
            "3fff::/20",  # documentation (RFC 9637)
            "5f00::/16",  # segment routing within a network (RFC 9602)
        ),
    )
)
"""Networks that `is_global` calls public in some versions of Python or in all."""


class DeliveryFailed(Exception):
    """An alert has not been delivered; the message says what the receiver did, or why it was not asked."""


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to public addresses of other machines, and with `allow_private` to any."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the protocol of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that is allowed and answers.

        Raises:
            DeliveryFailed: none is allowed.
            httpcore.ConnectError: the host is unknown, or none answers.
        """
        addresses = await _look_up(host, port)
        allowed = [
            address
            for address in addresses
            if self._allow_private or (is_public(address) and not is_of_this_machine(address))
        ]
        if not allowed:
            reason = "is one of this machine" if is_public(addresses[0]) else "is not public"
            raise DeliveryFailed(f"has the address {addresses[0]}, which {reason} (--allow-private-webhooks allows it)")
        failure: httpcore.ConnectError | None = None
        for address in allowed:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure or httpcore.ConnectError("has no address")


def is_public(address: str) -> bool:
    """Return whether an address is one of the internet, and not of a private network or a special use."""
    ip = _translated(ip_address(address))
    is_site_local = isinstance(ip, IPv6Address) and ip.is_site_local
    is_special = ip.is_multicast or ip.is_reserved or is_site_local or any(ip in network for network in _NOT_PUBLIC)
    return ip.is_global and not is_special


def is_of_this_machine(address: str) -> bool:
    """Return whether an interface of this machine has an address: then, and only then, a socket can be bound to it."""
    ip = _translated(ip_address(address))
    try:
        with socket.socket(socket.AF_INET if ip.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((str(ip), 0))
    except OSError:
        return False
    return True


def _translated(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, or else the address itself."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


async def _look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which the system would try them."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # a part of the name may be too long
        raise httpcore.ConnectError(f"cannot be looked up: {error}") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
