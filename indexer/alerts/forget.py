"""Removing articles from the alerts of a store: from the history, and from the files of each version."""

from collections.abc import Collection
from pathlib import Path

from pydantic import ValidationError

from indexer.alerts.alert_files import write_alert_files
from indexer.alerts.ledger import open_ledger, overwrite_deleted
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.alerts import STORED_ALERT
from indexer.snapshot.layout import StoreLayout


def forget_articles(store: StoreLayout, article_ids: Collection[str]) -> int:
    """Delete all alerts of some articles, and return how many the history had.

    Raises:
        StoreError: the history is in use or damaged, or a file is damaged.
        OSError: a file cannot be read or written.
    """
    n_forgotten = 0
    if store.alert_ledger.exists():
        with open_ledger(store.alert_ledger) as ledger:
            n_forgotten = ledger.forget(article_ids)
        overwrite_deleted(store.alert_ledger)
    for draft in store.alert_files.glob(".*.draft"):  # of a run that was killed
        draft.unlink()
    for feed in store.alert_files.glob("*.atom"):
        if not feed.with_suffix(".jsonl").exists():  # nothing else says whose texts it has
            feed.unlink()
    for lines in sorted(store.alert_files.glob("*.jsonl")):
        _forget_in_files(store, lines, article_ids)
    return n_forgotten


def _forget_in_files(store: StoreLayout, lines: Path, article_ids: Collection[str]) -> None:
    feed = store.alerts_feed(lines.stem)
    try:
        alerts = [STORED_ALERT.validate_json(line) for line in lines.read_bytes().splitlines()]
    except ValidationError as error:
        raise StoreError(
            f"{lines} is damaged, and may have what is purged: remove it and {feed}, and try again"
        ) from error
    remaining = [alert for alert in alerts if alert.article.id not in article_ids]
    if len(remaining) < len(alerts):
        feed.unlink(missing_ok=True)  # before the lines, by which a purge that was stopped finds it again
        write_alert_files(store, lines.stem, remaining, alerts[0].found_at)
