"""Sending one message to one receiver: what counts as received, and what is tried again at once."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version

import httpcore
import httpx
from standardwebhooks import Webhook
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from indexer.alerts.webhooks.addresses import CheckedBackend, DeliveryFailed
from indexer.alerts.webhooks.message import Message

_ATTEMPTS = 3
_ATTEMPT_S = 10.0
"""From looking up the name to the status of the answer, however slowly these come."""

_LONGEST_WAIT_S = 8.0

_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Refusals that say nothing about the message."""


class ReceiverUnavailable(DeliveryFailed):
    """The receiver cannot be reached, or says that it has a fault: another attempt may succeed."""


class MessageRefused(DeliveryFailed):
    """The receiver has answered that it does not take this message; it may take others."""


class CheckedTransport(httpx.AsyncHTTPTransport):
    """The transport of httpx over connections that a backend checks."""

    def __init__(self, backend: CheckedBackend) -> None:
        super().__init__()
        # httpx has no parameter for the backend; tests notice if the pool is found elsewhere one day.
        self._pool = httpcore.AsyncConnectionPool(ssl_context=httpx.create_ssl_context(), network_backend=backend)


def webhook_client(*, allow_private: bool) -> httpx.AsyncClient:
    """Return a client that follows no redirects and asks no proxy, which would resolve names by itself."""
    return httpx.AsyncClient(
        transport=CheckedTransport(CheckedBackend(allow_private=allow_private)),
        trust_env=False,
        follow_redirects=False,
        timeout=_ATTEMPT_S,
        headers={"User-Agent": f"khabar/{version('khabar')}"},
    )


async def send(client: httpx.AsyncClient, url: str, message: Message, signer: Webhook) -> None:
    """Send a message, up to three times while the receiver is unavailable.

    Raises:
        DeliveryFailed: it was not received.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception_type(ReceiverUnavailable),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_exponential_jitter(max=_LONGEST_WAIT_S),
        reraise=True,
    )
    await retrying(_attempt, client, url, message, signer)


async def _attempt(client: httpx.AsyncClient, url: str, message: Message, signer: Webhook) -> None:
    headers = message.headers(signer, datetime.now(UTC))
    try:
        async with (
            asyncio.timeout(_ATTEMPT_S),
            client.stream("POST", url, content=message.body.encode(), headers=headers) as response,
        ):
            status = response.status_code  # the body may be of any length, and is not read
    except TimeoutError as error:
        raise ReceiverUnavailable(f"has not answered within {_ATTEMPT_S:g} seconds") from error
    except httpx.InvalidURL as error:
        raise DeliveryFailed(f"has an address that cannot be used: {error}") from error
    except httpx.HTTPError as error:
        raise ReceiverUnavailable(f"cannot be reached: {error or type(error).__name__}") from error
    if httpx.codes.is_success(status):
        return
    if status in _PASSING or httpx.codes.is_server_error(status):
        raise ReceiverUnavailable(f"answers {status}")
    hint = "; redirects are not followed" if httpx.codes.is_redirect(status) else ""
    raise MessageRefused(f"answers {status}{hint}")
