"""Connections to public addresses only, whatever a name resolves to.

Whoever may write a saved search could otherwise let the machine that builds send requests into its own network. The
address is checked between looking up the name and connecting, and the connection goes to the address that was checked,
so no second answer of the name service can lead elsewhere. The certificate is still compared with the name.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore

_NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses that end with the IPv4 address that a network without IPv4 translates them to (RFC 6052)."""


class DeliveryFailed(Exception):
    """An alert has not been delivered; the message says what the receiver did, or why it was not asked."""


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to public addresses, and with `allow_private` to any."""

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
        """Connect to the first public address of a host that answers.

        Raises:
            DeliveryFailed: it has none.
            httpcore.ConnectError: the host is unknown, or none answers.
        """
        addresses = await _look_up(host, port)
        allowed = [address for address in addresses if self._allow_private or is_public(address)]
        if not allowed:
            raise DeliveryFailed(
                f"has the address {addresses[0]}, which is not public (--allow-private-webhooks allows it)"
            )
        failure: httpcore.ConnectError | None = None
        for address in allowed:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure or httpcore.ConnectError("has no address")


def is_public(address: str) -> bool:
    """Return whether an address belongs to one machine of the internet, and not to this one or its network."""
    ip = _translated(ip_address(address))
    is_site_local = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or is_site_local)


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
