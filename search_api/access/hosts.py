"""Which names a client may call the service by.

A page of a stranger can let its own name point to 127.0.0.1, and then read what a service on this machine answers
(DNS rebinding). It can do that with a public name only, and public names have a dot.
"""

import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from search_api.errors import problem

ANY = "*"


class CheckHost:
    """ASGI middleware that refuses requests for names that are not those of this service.

    Addresses and names without a dot are always allowed; others have to be named.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        """Take the names with a dot that are allowed; "*" allows all."""
        self._app = app
        self._allowed = {name.lower() for name in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and ANY not in self._allowed:
            host = Headers(scope=scope).get("host", "")
            if not self._is_allowed(host):
                response = problem(
                    400, f"Host: {host[:100]!r} is no name of this service; KHABAR_ALLOWED_HOSTS names it"
                )
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

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
