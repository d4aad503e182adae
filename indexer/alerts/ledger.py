"""What saved searches have been offered, and what they have found: an SQLite file beside the versions of a store.

A run is one transaction. If it fails or is killed, nothing was offered, and the next run offers the same paragraphs. So
each paragraph is offered once, whatever builds, rollbacks and prunings happen between two runs. What has to be sent to
webhooks is put into the outbox in the same transaction, so none of it is forgotten.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.alerts import ALERT, Alert, StoredAlert, stored_alerts
from indexer.snapshot.text.utc import utc_text

KEPT_DAYS = 30
"""Alerts older than this leave the history."""

_KEY_BYTES = 16
_WAIT_S = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (number INTEGER PRIMARY KEY, at TEXT NOT NULL, version TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS offered (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alert (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    found_at TEXT NOT NULL, version TEXT NOT NULL, saved_search TEXT NOT NULL, paragraph_id TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (saved_search, paragraph_id)
);
CREATE INDEX IF NOT EXISTS alert_time ON alert (found_at);
CREATE TABLE IF NOT EXISTS delivery (alert INTEGER PRIMARY KEY, n_failures INTEGER NOT NULL);
"""

Mask = npt.NDArray[np.bool_]


class Ledger:
    """The ledger within one run; `open_ledger` opens it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @property
    def last_version(self) -> str | None:
        """The version that the last run looked at; None before the first run."""
        row = self._db.execute("SELECT version FROM run ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else str(row[0])

    def not_offered(self, paragraph_ids: Sequence[str]) -> Mask:
        """Return which paragraphs were never offered, shape (n,)."""
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS present (row INTEGER PRIMARY KEY, key BLOB NOT NULL)")
        self._db.execute("DELETE FROM present")
        self._db.executemany("INSERT INTO present VALUES (?, ?)", enumerate(map(_key, paragraph_ids)))
        new = np.zeros(len(paragraph_ids), dtype=np.bool_)
        rows = self._db.execute("SELECT row FROM present WHERE key NOT IN (SELECT key FROM offered)").fetchall()
        new[[row for (row,) in rows]] = True
        return new

    def mark_offered(self, paragraph_ids: Iterable[str]) -> None:
        """Record that paragraphs were offered to all saved searches."""
        self._db.executemany("INSERT OR IGNORE INTO offered VALUES (?)", ((_key(one),) for one in paragraph_ids))

    def alerted_articles(self, saved_search: str) -> set[str]:
        """Return the ids of all articles of the history that a saved search has alerted on."""
        query = "SELECT DISTINCT json_extract(content, '$.article.id') FROM alert WHERE saved_search = ?"
        return {article_id for (article_id,) in self._db.execute(query, (saved_search,))}

    def record(self, alerts: Sequence[Alert], version: str, now: datetime, with_webhook: Collection[str] = ()) -> int:
        """Record a run and its new alerts, and delete alerts older than `KEPT_DAYS`.

        An alert that is already recorded is skipped. The new ones of the saved searches `with_webhook`, by id, are
        put into the outbox. Return how many have left it undelivered: those that are deleted, and those of saved
        searches that have no webhook any more.

        The last alert gets the smallest number, so that reading from the largest one down gives their order.
        """
        at = utc_text(now)
        (before,) = self._db.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'alert'"
        ).fetchone()
        self._db.execute("INSERT INTO run (at, version) VALUES (?, ?)", (at, version))
        self._db.executemany(
            "INSERT OR IGNORE INTO alert (found_at, version, saved_search, paragraph_id, content) "
            "VALUES (?, ?, ?, ?, ?)",
            [
                (at, version, alert.saved_search, alert.paragraph.id, ALERT.dump_json(alert).decode())
                for alert in reversed(alerts)
            ],
        )
        self._db.execute("DELETE FROM alert WHERE found_at < ?", (utc_text(now - timedelta(days=KEPT_DAYS)),))
        self._db.execute("CREATE TEMP TABLE with_webhook (id TEXT PRIMARY KEY)")
        self._db.executemany("INSERT INTO with_webhook VALUES (?)", ((one,) for one in set(with_webhook)))
        to_deliver = "SELECT number FROM alert WHERE saved_search IN (SELECT id FROM with_webhook)"
        self._db.execute(f"INSERT INTO delivery SELECT number, 0 FROM ({to_deliver} AND number > ?)", (before,))
        return self._db.execute(f"DELETE FROM delivery WHERE alert NOT IN ({to_deliver})").rowcount

    def pending_deliveries(self) -> list[StoredAlert]:
        """Return what is in the outbox: first what has failed least often, of that the oldest first.

        Raises:
            StoreError: it holds something that is no alert.
        """
        query = (
            "SELECT number, found_at, version, content FROM delivery JOIN alert ON number = delivery.alert "
            "ORDER BY n_failures, found_at, number DESC"
        )
        try:
            return list(stored_alerts(self._db.execute(query)))
        except ValueError as error:
            raise StoreError("the ledger of alerts holds texts that are no alerts") from error

    def record_delivery(self, number: int, *, delivered: bool) -> None:
        """Record what became of an alert of the outbox: it leaves it if it was delivered, or has failed once more."""
        if delivered:
            self._db.execute("DELETE FROM delivery WHERE alert = ?", (number,))
        else:
            self._db.execute("UPDATE delivery SET n_failures = n_failures + 1 WHERE alert = ?", (number,))

    def forget(self, article_ids: Iterable[str]) -> int:
        """Delete the alerts of articles, in the outbox too, and return how many; what was offered stays offered."""
        self._db.execute("CREATE TEMP TABLE forgotten (article_id TEXT PRIMARY KEY)")
        self._db.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", ((one,) for one in article_ids))
        deleted = self._db.execute(
            "DELETE FROM alert WHERE json_extract(content, '$.article.id') IN (SELECT article_id FROM forgotten)"
        )
        self._db.execute("DELETE FROM delivery WHERE alert NOT IN (SELECT number FROM alert)")
        return deleted.rowcount


@contextmanager
def open_ledger(path: Path, wait_s: float | None = None) -> Iterator[Ledger]:
    """Open the ledger for one run: what is done with it is kept if the block ends without an error, all or nothing.

    `wait_s` is how long to wait for another run, by default ten seconds.

    Raises:
        StoreError: another run has it open, or the file cannot be used.
    """
    with _connection(path, wait_s) as db:
        db.execute("BEGIN IMMEDIATE")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            db.execute(statement)
        yield Ledger(db)
        db.execute("COMMIT")


def overwrite_deleted(path: Path) -> None:
    """Write the file anew, so that it has no byte of what was deleted from it; raises as `open_ledger` does."""
    with _connection(path) as db:
        db.execute("VACUUM")


@contextmanager
def _connection(path: Path, wait_s: float | None = None) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_S if wait_s is None else wait_s, isolation_level=None)) as db:
            yield db
    except sqlite3.OperationalError as error:
        busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
        raise StoreError(
            "saved searches are being run by another process; try again" if busy else f"{path}: {error}"
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path} is damaged ({error}): move it away and run again with --since VERSION; "
            "paragraphs that VERSION lacks are then new"
        ) from error


def _key(paragraph_id: str) -> bytes:
    return blake2b(paragraph_id.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
