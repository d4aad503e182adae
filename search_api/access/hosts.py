"""Which names a client may call the service by.

A page of a stranger can let its own name point to 127.0.0.1, and then read what a service on this machine answers
(DNS rebinding). It can do that with a public name only, and public names have a dot.
"""

import ipaddress
from collections.abc import Collection
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from search_api.errors import problem

ANY = "*"

_KEPT = 64
"""Names whose answer is remembered."""


class CheckHost:
    """ASGI middleware that refuses requests for names that are not those of this service.

    Addresses and names without a dot are always allowed; others have to be named. A request says one name: with two,
    a proxy and this service might take different ones, and from HTTP/1.1 on none is an error (RFC 9112).
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        """Take the names with a dot that are allowed; "*" allows all."""
        self._app = app
        self._allowed = {name.lower() for name in allowed}
        self._knows = lru_cache(_KEPT)(self._is_allowed)  # every request says the same few names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is not None:
            await problem(400, refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        """Return why a request is refused; None if it is not."""
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) > 1 or (not hosts and scope["http_version"] != "1.0"):
            return f"Host: a request has one, and this one has {len(hosts)}"
        host = hosts[0] if hosts else ""
        if ANY in self._allowed or self._knows(host):
            return None
        return f"Host: {host[:100]!r} is no name of this service; KHABAR_ALLOWED_HOSTS names it"

    def _is_allowed(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.lower().removesuffix(".")
        return "." not in name or name in self._allowed or name.endswith(".localhost") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
