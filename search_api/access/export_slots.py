"""How many exports run at the same time: each keeps its version open until its client has read everything."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException

MAX_EXPORTS = 8
"""Exports of one process at the same time."""

_RETRY_AFTER = {"Retry-After": "5"}


class ExportSlots:
    """Counts the exports of one process. It belongs to one event loop."""

    def __init__(self) -> None:
        self._n_taken = 0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Take a slot for the time of the block, or answer 503 if there is none."""
        if self._n_taken >= MAX_EXPORTS:
            raise HTTPException(503, f"{MAX_EXPORTS} exports are running; try again in some seconds", _RETRY_AFTER)
        self._n_taken += 1
        try:
            yield
        finally:
            self._n_taken -= 1
