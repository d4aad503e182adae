"""Alerts as a store keeps them: JSON Lines, one file for each version."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from indexer.snapshot.content.article import ArticleSummary, Paragraph


@dataclass(frozen=True, slots=True)
class Alert:
    """A paragraph of a version that version `since` did not have, and that a saved search has found.

    Near-duplicates are one alert, for the best of them. `rank` counts from 1 among the new paragraphs; `score` and
    `relevance` are those of the hit.
    """

    saved_search: str
    query: str
    since: str
    rank: int
    score: float
    relevance: float
    article: ArticleSummary
    paragraph: Paragraph


_ALERT = TypeAdapter(Alert)


def alert_line(alert: Alert, version: str) -> str:
    """Return an alert of a version as one line of JSON, which also names the version."""
    return json.dumps({"version": version, **_ALERT.dump_python(alert, mode="json")}, ensure_ascii=False) + "\n"


def read_alerts(path: Path) -> list[Alert]:
    """Return the alerts of a file, in its order.

    Raises:
        FileNotFoundError: the saved searches were not run for this version.
    """
    return [_ALERT.validate_json(line) for line in path.read_bytes().splitlines() if line.strip()]
