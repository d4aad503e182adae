"""Both clients behind one face, so that every test asks both."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from search_api.client import AsyncClient, Client


class Asks(Protocol):
    """Calls a method of a client by its name; what it yields comes as a list."""

    def __call__(self, method: str, *args: Any, **options: Any) -> Any: ...


class SyncAsks:
    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, *args: Any, **options: Any) -> Any:
        result = getattr(self.client, method)(*args, **options)
        return list(result) if isinstance(result, Iterator) else result

    def close(self) -> None:
        with self.client:
            pass


class AsyncAsks:
    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.runner = asyncio.Runner()

    def __call__(self, method: str, *args: Any, **options: Any) -> Any:
        async def ask() -> Any:
            result = getattr(self.client, method)(*args, **options)
            return [one async for one in result] if isinstance(result, AsyncIterator) else await result

        return self.runner.run(ask())

    def close(self) -> None:
        async def close() -> None:
            async with self.client:
                pass

        self.runner.run(close())
        self.runner.close()


def asks(kind: str, base_url: str, **options: Any) -> SyncAsks | AsyncAsks:
    """Return one of the two clients."""
    return SyncAsks(Client(base_url, **options)) if kind == "sync" else AsyncAsks(AsyncClient(base_url, **options))
