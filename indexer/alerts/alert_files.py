"""The alerts of one version as files, for people and programs that do not ask the service."""

from collections.abc import Sequence

from indexer.snapshot.files.durable_files import write_atomically
from indexer.snapshot.format.alert_feeds import atom_feed
from indexer.snapshot.format.alerts import STORED_ALERT, StoredAlert
from indexer.snapshot.layout import StoreLayout


def write_alert_files(store: StoreLayout, version: str, alerts: Sequence[StoredAlert], updated: str) -> None:
    """Write the alerts of a version as JSON Lines and as an Atom feed that was `updated` then, ISO 8601.

    Raises:
        OSError: a file cannot be written.
    """
    lines = [STORED_ALERT.dump_json(alert).decode() + "\n" for alert in alerts]
    write_atomically(store.alerts(version), "".join(lines))
    write_atomically(store.alerts_feed(version), atom_feed(alerts, updated))
