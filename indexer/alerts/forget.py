"""Removing articles from the alerts of a store: from the history, and from the files of each version."""

from collections.abc import Collection

from indexer.alerts.alert_files import write_alert_files
from indexer.alerts.ledger import open_ledger, overwrite_deleted
from indexer.snapshot.format.alerts import STORED_ALERT
from indexer.snapshot.layout import StoreLayout


def forget_articles(store: StoreLayout, article_ids: Collection[str]) -> int:
    """Delete all alerts of some articles, and return how many the history had.

    Raises:
        StoreError: the history is in use or damaged.
        OSError: a file cannot be read or written.
    """
    n_forgotten = 0
    if store.alert_ledger.exists():
        with open_ledger(store.alert_ledger) as ledger:
            n_forgotten = ledger.forget(article_ids)
        overwrite_deleted(store.alert_ledger)
    for lines in sorted(store.alert_files.glob("*.jsonl")):
        alerts = [STORED_ALERT.validate_json(line) for line in lines.read_bytes().splitlines()]
        remaining = [alert for alert in alerts if alert.article.id not in article_ids]
        if len(remaining) < len(alerts):
            write_alert_files(store, lines.stem, remaining, alerts[0].found_at)
    return n_forgotten
