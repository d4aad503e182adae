"""Alerts as a store keeps them: JSON Lines, one file for each version."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from indexer.snapshot.content.article import ArticleRef, Paragraph


@dataclass(frozen=True, slots=True)
class Alert:
    """A paragraph that is new in `version`, was not in version `since`, and that a saved search has found.

    Near-duplicates are one alert, for the best of them. `rank` counts from 1 among what is new; `score`
    and `relevance` are those of the hit.
    """

    version: str
    since: str
    saved_search: str
    query: str
    rank: int
    score: float
    relevance: float
    article: ArticleRef
    paragraph: Paragraph


_ALERT = TypeAdapter(Alert)


def alert_line(alert: Alert) -> str:
    """Return an alert as one line of JSON."""
    return json.dumps(_ALERT.dump_python(alert, mode="json"), ensure_ascii=False) + "\n"


def read_alerts(path: Path) -> list[Alert]:
    """Return the alerts of a file, in its order.

    Raises:
        FileNotFoundError: the saved searches were not run for this version.
    """
    return [_ALERT.validate_json(line) for line in path.read_bytes().splitlines() if line.strip()]
