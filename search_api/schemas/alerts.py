"""Alerts in responses."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from indexer.snapshot.format.alerts import Alert
from search_api.schemas.index import IndexRef


@dataclass(slots=True)
class AlertsResponse:
    """What saved searches have found in the version that is served."""

    index: IndexRef
    alerts: list[Alert]

    def to_json(self) -> bytes:
        """Return the response as JSON, UTF-8."""
        return _ALERTS_RESPONSE.dump_json(self)


_ALERTS_RESPONSE = TypeAdapter(AlertsResponse)
