"""Who may make a request: keys, their scopes, and how often each key may be used."""

import base64
import math
import time
from collections.abc import Callable, Mapping
from functools import partial

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from indexer.snapshot.format.keys import ApiKey, Scope
from search_api.access.key_ring import KeyRing
from search_api.errors import problem

_OPEN_PATHS = frozenset({"/", "/status", "/healthz", "/readyz"})
"""The search page, which asks for a key itself, and what load balancers ask for."""

_OPEN_FOLDERS = ("/web/", "/article/", "/static-offline-docs/")
_SEARCH_PATHS = frozenset({"/v1/search", "/v1/search/batch", "/v1/index", "/mcp"})
_SEARCH_FOLDERS = ("/v1/articles/", "/v1/facets/")

_CHARGE = "khabar.charge"
"""Where the scope of a request has the function that counts it as several."""

_CHALLENGES: Mapping[Scope, str] = {
    Scope.SEARCH: 'Bearer realm="khabar"',
    # Browsers ask for user and password then, so that people can read /docs and /metrics; the password is the key.
    Scope.OPERATE: 'Bearer realm="khabar", Basic realm="khabar: the key is the password", charset="UTF-8"',
}


def needed_scope(path: str) -> Scope | None:
    """Return the scope that a path needs, or None if it needs no key; paths that no rule names are for operators."""
    if path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS):
        return None
    if path in _SEARCH_PATHS or path.startswith(_SEARCH_FOLDERS):
        return Scope.SEARCH
    return Scope.OPERATE


def sent_key(headers: Headers) -> str | None:
    """Return the key of a request: as X-API-Key, as bearer token, or as the password of Basic authentication."""
    if "x-api-key" in headers:  # first, because browsers add to it what their user gave for /docs
        return headers["x-api-key"]
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
        except ValueError:  # not Base64, or not UTF-8
            return ""
    return None


def charge(scope: AsgiScope, n_requests: int) -> Response | None:
    """Count a request as so many more, or return the refusal if its key may not be used as often as that."""
    count: Callable[[int], Response | None] | None = scope.get(_CHARGE)
    return count(n_requests) if count is not None and n_requests else None


class RequireKey:
    """ASGI middleware that lets a request pass with a key for what it wants, as often as the key may be used."""

    def __init__(self, app: ASGIApp, keys: KeyRing, rate: str | None) -> None:
        """Take the keys, and how often a key may be used that has no rate of its own."""
        self._app = app
        self._keys = keys
        self._usual_rate = None if rate is None else parse(rate)
        self._rates: dict[str, RateLimitItem] = {}
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        refusal = self._refusal(scope) if scope["type"] == "http" and self._keys.is_required else None
        await (self._app if refusal is None else refusal)(scope, receive, send)

    def _refusal(self, scope: AsgiScope) -> Response | None:
        needed = needed_scope(scope["path"])
        if needed is None or scope["method"] == "OPTIONS":
            return None
        sent = sent_key(Headers(scope=scope))
        key = self._keys.find(sent) if sent else None
        if key is None:
            detail = (
                "this key is not valid" if sent else "a key is needed: Authorization: Bearer KEY, or X-API-Key: KEY"
            )
            return problem(401, detail, headers={"WWW-Authenticate": _CHALLENGES[needed]})
        scope["khabar.key"] = key.name
        if needed not in key.scopes:
            return problem(403, f"this key is not for {needed}: khabar keys new --scope {needed} makes one")
        scope[_CHARGE] = partial(self._charge, key)
        return self._too_often(key, 1)

    def _charge(self, key: ApiKey, n_requests: int) -> Response | None:
        """Count a request of a key as so many more, or refuse it; a client need not try again what can never pass."""
        rate = self._rate_of(key)
        if rate is not None and n_requests >= rate.amount:
            return problem(422, f"this key may be used {rate}, so it may not ask for {n_requests + 1} searches at once")
        return self._too_often(key, n_requests)

    def _too_often(self, key: ApiKey, n_requests: int) -> Response | None:
        """Count some requests of a key, or refuse all of them."""
        rate = self._rate_of(key)
        if rate is None or self._limiter.hit(rate, key.id, cost=n_requests):
            return None
        wait_s = max(1, math.ceil(self._limiter.get_window_stats(rate, key.id).reset_time - time.time()))
        return problem(429, f"this key may be used {rate}; try again later", headers={"Retry-After": str(wait_s)})

    def _rate_of(self, key: ApiKey) -> RateLimitItem | None:
        if key.rate is None:
            return self._usual_rate
        if key.rate not in self._rates:
            self._rates[key.rate] = parse(key.rate)
        return self._rates[key.rate]
