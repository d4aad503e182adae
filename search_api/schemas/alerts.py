"""Alerts in responses."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from indexer.snapshot.format.alerts import StoredAlert
from search_api.schemas.index import IndexRef


@dataclass(slots=True)
class AlertsResponse:
    """What saved searches have found, the latest first; `next` is the `before` of the next page, null on the last."""

    index: IndexRef
    alerts: list[StoredAlert]
    next: int | None

    def to_json(self) -> bytes:
        """Return the response as JSON, UTF-8."""
        return _ALERTS_RESPONSE.dump_json(self)


_ALERTS_RESPONSE = TypeAdapter(AlertsResponse)
