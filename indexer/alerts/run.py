"""Running saved searches against the paragraphs that they were never offered.

Every paragraph is offered to all saved searches in the first run that finds it in the published version. A paragraph's
id is made of its article and its text. The whole version is searched as always, in all languages, among the new
paragraphs only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import numpy as np

from indexer.alerts.alert_files import write_alert_files
from indexer.alerts.ledger import Ledger, Mask, open_ledger
from indexer.alerts.repeats import copies_of_offered, reports_in_another_language
from indexer.embedding.query_vectors import CachedQueryEncoder
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.open import ServingEncoders
from indexer.snapshot.files.durable_files import create_folder
from indexer.snapshot.format.alerts import Alert, read_alerts
from indexer.snapshot.index.multilingual_index import LanguageMasks
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, check_version, current_version, open_snapshot
from indexer.snapshot.saved_searches.saved_search import SavedSearch
from indexer.snapshot.saved_searches.saved_search_file import read_saved_searches
from indexer.snapshot.search.fields import MAX_HITS
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.search import search
from indexer.snapshot.text.utc import utc_text
from indexer.store.versions import list_versions


@dataclass(frozen=True, slots=True)
class AlertRun:
    """The alerts for what is new in `version` since version `since`, and the files with all alerts of `version`.

    `webhooks` are those of the saved searches, by id; `n_given_up` alerts will not be sent to a webhook any more.
    """

    version: str
    since: str
    n_searches: int
    n_new_paragraphs: int
    alerts: tuple[Alert, ...]
    lines: Path
    feed: Path
    webhooks: Mapping[str, str]
    n_given_up: int


def run_alerts(store: StoreLayout, since: str | None = None) -> AlertRun:
    """Run all saved searches against the new paragraphs of the published version, and record the alerts.

    A paragraph is new if no run has offered it; in the first run, if the store's oldest version lacks it. With `since`,
    it is new if that version lacks it.

    Raises:
        StoreNotFound: nothing is published, or there is no version `since`.
        StoreError: a version or a saved search cannot be used; the message has its line.
        OSError: the alerts cannot be written.
    """
    searches = read_saved_searches(store)
    webhooks = {saved.id: saved.webhook for saved in searches if saved.webhook}
    version = current_version(store)
    now = datetime.now(UTC)
    create_folder(store.alerts(version).parent)
    _finish_last_run(store, version, now)
    with open_ledger(store.alert_ledger) as ledger, open_snapshot(store.root, version=version) as snapshot:
        since, new = _new_paragraphs(ledger, store, snapshot, since)
        encoder, export_id = snapshot.encoders.queries, snapshot.encoder_manifest.export_id
        with_cache = CachedQueryEncoder(encoder.spec, lambda: encoder, store.cache, export_id)
        cached = replace(snapshot, encoders=ServingEncoders(with_cache))
        alerts = tuple(chain.from_iterable(_alerts(saved, cached, new, ledger, since) for saved in searches))
        n_given_up = ledger.record(alerts, version, now, webhooks)
    _write_files(store, version, now)
    lines, feed = store.alerts(version), store.alerts_feed(version)
    n_new = int(np.count_nonzero(new))
    return AlertRun(version, since, len(searches), n_new, alerts, lines, feed, webhooks, n_given_up)


def _finish_last_run(store: StoreLayout, version: str, now: datetime) -> None:
    """Write the files of the last run again if it was of an earlier version: it may have ended before it wrote them."""
    with open_ledger(store.alert_ledger) as ledger:
        last = ledger.last_version
    if last not in {None, version}:
        _write_files(store, last, now)


def _new_paragraphs(ledger: Ledger, store: StoreLayout, snapshot: Snapshot, since: str | None) -> tuple[str, Mask]:
    """Return the version that the new paragraphs are compared with, and which they are; record that they are offered.

    Paragraphs of articles that are taken down are not offered, so they are new once their article is back.
    """
    ids = snapshot.corpus.paragraph_ids()
    columns = snapshot.corpus.columns
    last = ledger.last_version
    if last is None or since is not None:
        compared = since or list_versions(store)[0]
        check_version(store, compared)
        with Corpus(store.version(compared).corpus) as corpus:
            earlier = corpus.paragraph_ids()
        known = set(earlier)
        new = np.array([one not in known for one in ids], dtype=np.bool_)
        if last is None:  # later, what `since` has may not have been offered yet
            ledger.mark_offered(earlier)
    else:
        compared, new = last, ledger.not_offered(ids)
    hidden = np.zeros(snapshot.corpus.n_articles, dtype=np.bool_)
    hidden[snapshot.corpus.article_rows(snapshot.hidden)] = True
    new &= ~hidden[columns.article_of_paragraph]
    ledger.mark_offered(one for one, is_new in zip(ids, new, strict=True) if is_new)
    return compared, new & ~copies_of_offered(new, hidden, columns)[columns.article_of_paragraph]


def _alerts(saved: SavedSearch, snapshot: Snapshot, new: Mask, ledger: Ledger, since: str) -> Iterator[Alert]:
    """Yield the alerts of one saved search among the new paragraphs; each event is one, in whatever languages."""
    columns = snapshot.corpus.columns
    alerted = snapshot.corpus.article_rows(ledger.alerted_articles(saved.id) - snapshot.hidden)
    wanted = new & ~reports_in_another_language(alerted, columns)[columns.article_of_paragraph]
    among = {language: wanted[rows] for language, rows in snapshot.index.rows.items()}
    for hit in _hits(saved, snapshot, among):
        yield _alert(saved, hit, since)


def _hits(saved: SavedSearch, snapshot: Snapshot, among: LanguageMasks) -> Iterator[Hit]:
    """Yield the hits that are relevant enough, best first; at most `k`, or all where it has none."""
    offset = 0
    while saved.k is None or offset < saved.k:
        wanted = MAX_HITS if saved.k is None else min(MAX_HITS, saved.k - offset)
        hits = search(snapshot, saved.to_query(wanted, offset), among=among).hits
        yield from (hit for hit in hits if hit.relevance >= saved.min_relevance)
        if len(hits) < wanted or hits[-1].relevance < saved.min_relevance:
            return
        offset += wanted


def _alert(saved: SavedSearch, hit: Hit, since: str) -> Alert:
    return Alert(
        saved_search=saved.id,
        query=saved.query,
        since=since,
        rank=hit.rank,
        score=hit.score,
        relevance=hit.relevance,
        article=hit.article,
        paragraph=hit.paragraph,
    )


def _write_files(store: StoreLayout, version: str, now: datetime) -> None:
    alerts = read_alerts(store.alert_ledger, version=version)
    write_alert_files(store, version, alerts, alerts[0].found_at if alerts else utc_text(now))
