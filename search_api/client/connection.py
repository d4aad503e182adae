"""How requests are sent: with a key, within a time, and again after a refusal that ends soon."""

from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

import httpx
from httpx_retries import Retry, RetryTransport

from search_api.client.calls import Call

T = TypeVar("T")

TIMEOUT_S, RETRIES, MAX_WAIT_S = 30.0, 3, 60.0
"""By default: seconds for connecting and for each wait for a part of an answer, attempts after the first one, and
seconds between all attempts together."""

_KEEPALIVE_S = 3.0
"""A connection that was not used for longer is not used again: the service closes it after 5 seconds."""

_BACKOFF_S = 0.25

_REFUSED = (429, 503)
"""The service does nothing before it answers one of these."""

_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout)
_CONNECTION_LOST = (*_NEVER_CONNECTED, httpx.NetworkError, httpx.RemoteProtocolError)


class HttpxOptions(TypedDict):
    """Arguments of `httpx.Client` and `httpx.AsyncClient` alike."""

    base_url: str
    headers: dict[str, str]
    timeout: float


class RequestOptions(TypedDict):
    """Arguments of `build_request` of both clients."""

    method: str
    url: str
    params: dict[str, str]
    json: Any
    extensions: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Connection:
    """What both clients send their requests with.

    `retries` bounds how often a request is sent again, and `max_wait_s` the seconds that it waits for that in all;
    with 0 it is not sent again.
    """

    base_url: str
    key: str | None
    timeout_s: float
    retries: int
    max_wait_s: float

    @property
    def options(self) -> HttpxOptions:
        """The arguments of a client of httpx."""
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        return {"base_url": self.base_url, "headers": headers, "timeout": self.timeout_s}

    def transport(self, transport: httpx.BaseTransport | None) -> RetryTransport:
        """Return what sends requests, and sends them again."""
        return RetryTransport(transport or httpx.HTTPTransport(limits=_limits()))

    def async_transport(self, transport: httpx.AsyncBaseTransport | None) -> RetryTransport:
        """Return the same for asyncio."""
        return RetryTransport(transport or httpx.AsyncHTTPTransport(limits=_limits()))

    def request(self, call: Call[T]) -> RequestOptions:
        """Return a call as a request of httpx, with what may be done if it fails."""
        return {
            "method": call.method,
            "url": call.path,
            "params": {name: _query_text(value) for name, value in call.query.items()},
            "json": call.body,
            "extensions": {"retry": self._retry(repeatable=call.repeatable)},
        }

    def _retry(self, *, repeatable: bool) -> Retry:
        if self.max_wait_s <= 0:
            return Retry(0)
        return Retry(
            self.retries,
            allowed_methods=("GET", "POST", "PUT", "DELETE"),
            status_forcelist=_REFUSED,
            retry_on_exceptions=_CONNECTION_LOST if repeatable else _NEVER_CONNECTED,
            backoff_factor=_BACKOFF_S,
            max_backoff_wait=self.max_wait_s,
            total_timeout=self.max_wait_s,
        )


def _limits() -> httpx.Limits:
    return httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=_KEEPALIVE_S)


def _query_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
