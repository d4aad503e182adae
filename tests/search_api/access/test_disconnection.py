"""Whether a client has gone, asked of what the server says."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from search_api.access.disconnection import has_disconnected


@pytest.mark.parametrize(
    ("message", "has_gone"),
    [({"type": "http.disconnect"}, True), ({"type": "http.request", "body": b""}, False), (None, False)],
)
def test_a_client_has_gone_when_the_server_says_so(message: Message | None, has_gone: bool) -> None:
    async def ask() -> tuple[bool, int]:
        arrives, waiting = asyncio.Event(), []

        async def receive() -> Message:
            if message is None:
                waiting.append(1)
                try:
                    await arrives.wait()
                finally:
                    waiting.pop()
            return message or {}

        answer = has_disconnected(Request({"type": "http", "headers": []}, receive))
        return answer, len(waiting)

    assert asyncio.run(ask()) == (has_gone, 0)  # and nothing goes on waiting
