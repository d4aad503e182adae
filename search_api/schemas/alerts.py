"""Alerts in responses."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter

from indexer.snapshot.content.article import ArticleRef
from indexer.snapshot.format.alerts import Alert
from indexer.snapshot.format.manifest import Manifest
from search_api.schemas.articles import ParagraphOut
from search_api.schemas.index import IndexRef


@dataclass(slots=True)
class AlertOut:
    """A new paragraph that a saved search has found, the best of its story; `rank` is among what is new."""

    saved_search: str
    query: str
    since: Annotated[str, Field(description="The version that it was not in.")]
    rank: int
    score: float
    relevance: float
    article: ArticleRef
    paragraph: ParagraphOut

    @classmethod
    def of(cls, alert: Alert) -> "AlertOut":
        """Return the wire form of an alert."""
        return cls(
            saved_search=alert.saved_search,
            query=alert.query,
            since=alert.since,
            rank=alert.rank,
            score=alert.score,
            relevance=alert.relevance,
            article=alert.article,
            paragraph=ParagraphOut.of(alert.paragraph),
        )


@dataclass(slots=True)
class AlertsResponse:
    """What saved searches have found in the version that is served."""

    index: IndexRef
    alerts: list[AlertOut]

    @classmethod
    def of(cls, manifest: Manifest, alerts: Iterable[Alert]) -> "AlertsResponse":
        """Return the wire form of some alerts of a version."""
        return cls(IndexRef.of(manifest), [AlertOut.of(alert) for alert in alerts])

    def to_json(self) -> bytes:
        """Return the response as JSON, UTF-8."""
        return _ALERTS_RESPONSE.dump_json(self)


_ALERTS_RESPONSE = TypeAdapter(AlertsResponse)
