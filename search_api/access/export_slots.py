"""How many exports run at the same time, and how long: each keeps its version open until its client has read it all."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_EXPORTS = 8
"""Exports of one process at the same time."""

MAX_OF_CLIENT = 4
"""Those of one key, or of one address where there are no keys."""

MAX_EXPORT_S = 600.0
"""Longest time of an export: the largest usual one, ten megabytes, passes in it at 17 kilobytes a second."""

_RETRY_AFTER = {"Retry-After": "5"}


def client_of(request: Request) -> str:
    """Return whose export a request asks for: the name of its key, or its address."""
    key: str | None = request.scope.get("khabar.key")
    return f"key {key}" if key is not None else f"address {request.client.host if request.client else ''}"


class ExportSlots:
    """Counts the exports of one process. It belongs to one event loop."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    @contextmanager
    def take(self, client: str) -> Iterator[None]:
        """Take a slot for the time of the block, or answer 503 if there is none for this client."""
        if self._taken.total() >= MAX_EXPORTS:
            raise HTTPException(503, f"{MAX_EXPORTS} exports are running; try again in some seconds", _RETRY_AFTER)
        if self._taken[client] >= MAX_OF_CLIENT:
            raise HTTPException(503, f"{MAX_OF_CLIENT} exports of yours are running; wait for one", _RETRY_AFTER)
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]
