"""Running saved searches against the paragraphs that are new in a version.

A paragraph is new when no paragraph of the earlier version has its id, which is made of its article
and its text. The whole version is searched as always, in all languages, among the new paragraphs only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from indexer.alerts.saved_search import SavedSearch, read_saved_searches
from indexer.embedding.query_vectors import CachedQueryEncoder
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.format.alerts import Alert, alert_line
from indexer.snapshot.format.atom import atom_feed
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, check_version, current_version, open_snapshot
from indexer.snapshot.search.search import search
from indexer.store.durable_files import write_atomically


@dataclass(frozen=True, slots=True)
class AlertRun:
    """The alerts for what is new in `version` since version `since`, and the files that hold them."""

    version: str
    since: str
    n_searches: int
    n_new_paragraphs: int
    alerts: tuple[Alert, ...]
    lines: Path
    feed: Path


def run_alerts(store: StoreLayout, since: str) -> AlertRun:
    """Run all saved searches against the paragraphs that are new since version `since`, and write the alerts.

    Raises:
        StoreNotFound: nothing is published, or there is no version `since`.
        StoreError: a version or a saved search cannot be used; the message has its line.
        OSError: the alerts cannot be written.
    """
    searches = read_saved_searches(store)
    version = current_version(store)
    check_version(store, since)
    with open_snapshot(store.root, version=version) as snapshot:
        new = _new_paragraphs(snapshot, store.version(since).corpus)
        encoder, export_id = snapshot.encoder, snapshot.encoder_manifest.export_id
        cached = replace(snapshot, encoder=CachedQueryEncoder(encoder.spec, lambda: encoder, store.cache, export_id))
        alerts = tuple(alert for saved in searches for alert in _find_alerts(saved, cached, new, since))
        created_at = snapshot.manifest.created_at
    lines, feed = store.alerts(version), store.alerts_feed(version)
    lines.parent.mkdir(exist_ok=True)
    write_atomically(lines, "".join(alert_line(alert, version) for alert in alerts))
    write_atomically(feed, atom_feed(alerts, version, created_at))
    n_new = sum(int(np.count_nonzero(mask)) for mask in new.values())
    return AlertRun(version, since, len(searches), n_new, alerts, lines, feed)


def _new_paragraphs(snapshot: Snapshot, earlier: Path) -> LanguageMasks:
    """Return which paragraphs are new, as a mask for each language."""
    with Corpus(earlier) as corpus:
        earlier_ids = set(corpus.paragraph_ids())
    new = np.array([key not in earlier_ids for key in snapshot.corpus.paragraph_ids()], dtype=np.bool_)
    return {language: new[rows] for language, rows in snapshot.index.rows.items()}


def _find_alerts(saved: SavedSearch, snapshot: Snapshot, new: LanguageMasks, since: str) -> Iterator[Alert]:
    result = search(snapshot, saved.to_query(), among=new)
    for hit in result.hits:
        if hit.relevance >= saved.min_relevance:
            yield Alert(
                saved_search=saved.id,
                query=saved.query,
                since=since,
                rank=hit.rank,
                score=hit.score,
                relevance=hit.relevance,
                article=hit.article,
                paragraph=hit.paragraph,
            )
