"""Alerts as a store keeps them: an SQLite file, from which the service reads pages."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import TypeAdapter

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.errors import StoreError

_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Alert:
    """A paragraph that is new in a version, and that a saved search has found.

    `since` is the version that the run before looked at. All reports of an event are one alert of a run, for the best
    of them. `rank` counts from 1 among the new paragraphs; `score` and `relevance` are those of the hit.
    """

    saved_search: str
    query: str
    since: str
    rank: int
    score: float
    relevance: float
    article: ArticleSummary
    paragraph: Paragraph


@dataclass(frozen=True, slots=True)
class StoredAlert(Alert):
    """An alert of the history: its number, larger for later ones, when it was found (ISO 8601), and the version."""

    number: int
    found_at: str
    version: str


ALERT = TypeAdapter(Alert)
STORED_ALERT = TypeAdapter(StoredAlert)


def read_alerts(
    path: Path,
    *,
    saved_search: str | None = None,
    found_from: str | None = None,
    before: int | None = None,
    version: str | None = None,
    limit: int | None = None,
) -> list[StoredAlert]:
    """Return alerts of the history, the latest run first, in each run by saved search and rank.

    `found_from` is the earliest moment, ISO 8601 in UTC; `before` leaves out that number and larger ones. A store whose
    saved searches were never run has none.

    Raises:
        StoreError: the file cannot be read.
    """
    wanted: dict[str, str | int | None] = {
        "saved_search = ?": saved_search,
        "found_at >= ?": found_from,
        "number < ?": before,
        "version = ?": version,
    }
    conditions = {text: value for text, value in wanted.items() if value is not None}
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    query = f"SELECT number, found_at, version, content FROM alert {where} ORDER BY number DESC LIMIT ?"
    values = [*conditions.values(), -1 if limit is None else limit]
    try:
        if path.stat().st_size == 0:  # the first run has not ended
            return []
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=_WAIT_S)) as db:
            return list(stored_alerts(db.execute(query, values)))
    except FileNotFoundError:
        return []
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    except ValueError as error:
        raise StoreError(f"{path} cannot be read: it holds texts that are no alerts") from error


def stored_alerts(rows: sqlite3.Cursor) -> Iterator[StoredAlert]:
    """Yield the alerts of rows with their number, the time when they were found, their version and their content.

    Raises:
        ValueError: the content is no alert.
    """
    for number, found_at, version, content in rows:
        alert = ALERT.validate_json(content)
        fields = {name: getattr(alert, name) for name in Alert.__dataclass_fields__}
        yield StoredAlert(**fields, number=number, found_at=found_at, version=version)
