"""Takedowns: a log of article ids that must never be served, one JSON object a line.

The log only grows, and the last line of an id decides. It belongs to the store and not to a version,
so a takedown holds in every version, even after a rollback.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.layout import StoreLayout

Action = Literal["takedown", "undo"]


@dataclass(frozen=True, slots=True)
class Takedown:
    """One line of the log; `at` is UTC, ISO 8601."""

    article_id: str
    action: Action
    reason: str
    at: str


_LINE = TypeAdapter(Takedown)


def read_log(store: StoreLayout) -> list[Takedown]:
    """Return all lines of the log, oldest first; none where there is no log.

    Raises:
        SnapshotDamaged: it cannot be read. It is never skipped, because forbidden articles would be served.
    """
    try:
        lines = store.takedowns.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SnapshotDamaged(f"{store.takedowns} cannot be read: {error.strerror}") from error
    entries = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entries.append(_LINE.validate_json(line))
        except ValidationError as error:
            raise SnapshotDamaged(f"{store.takedowns}:{number} is not a takedown; repair or remove the line") from error
    return entries


def taken_down(store: StoreLayout) -> dict[str, Takedown]:
    """Return the takedowns that are in force, by article id; raises as `read_log` does."""
    last = {entry.article_id: entry for entry in read_log(store)}
    return {article_id: entry for article_id, entry in last.items() if entry.action == "takedown"}
