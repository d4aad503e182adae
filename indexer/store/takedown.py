"""Taking articles down and putting them back, recorded in the store's log."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import StoreError, StoreNotFound
from indexer.snapshot.format.takedowns import Action, Takedown, read_log, taken_down
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.snapshot.text.utc import utc_text
from indexer.store.durable_files import write_atomically

_WAIT_S = 10.0


def articles_at(store: StoreLayout, url: str) -> list[str]:
    """Return the ids of the articles of the published version that have an address.

    Raises:
        StoreError: nothing is published, or no article has it.
    """
    with Corpus(store.version(current_version(store)).corpus) as corpus:
        found = corpus.article_ids_at(url)
    if not found:
        raise StoreError(f"no published article has the address {url!r}: name the article by its id")
    return found


def unknown_article_ids(store: StoreLayout, article_ids: Sequence[str], action: Action) -> list[str]:
    """Return the ids, sorted, for which the action has no effect now.

    For a takedown, these are ids that the published version lacks; for an undo, ids that are not taken down.

    Raises:
        SnapshotDamaged: the log cannot be read.
    """
    known = taken_down(store).keys() if action == "undo" else _published_article_ids(store, article_ids)
    return sorted(set(article_ids) - known)


def _published_article_ids(store: StoreLayout, article_ids: Sequence[str]) -> set[str]:
    """Return those ids that the published version has articles for; an empty set if nothing is published."""
    try:
        with Corpus(store.version(current_version(store)).corpus) as corpus:
            return {article_id for article_id in article_ids if corpus.article_rows([article_id])}
    except StoreError:
        return set()


def record_takedowns(store: StoreLayout, article_ids: Sequence[str], action: Action, reason: str) -> list[Takedown]:
    """Append one line for each article to the log, and return the lines.

    This does not take the lock of builds: a takedown must not wait until a build ends.

    Raises:
        StoreNotFound: there is no store.
        StoreError: the log cannot be written; its old content stays.
        SnapshotDamaged: the log cannot be read.
    """
    if not store.root.is_dir():
        raise StoreNotFound(f"no store at {store.root}")
    now = utc_text(datetime.now(UTC))
    new = [Takedown(article_id, action, reason, now) for article_id in article_ids]
    try:
        with FileLock(store.takedowns_lock, timeout=_WAIT_S):
            lines = [json.dumps(asdict(entry), ensure_ascii=False) for entry in [*read_log(store), *new]]
            write_atomically(store.takedowns, "".join(f"{line}\n" for line in lines))
    except Timeout as error:
        raise StoreError(f"another takedown is being written to {store.root}; try again") from error
    except OSError as error:
        raise StoreError(f"{store.takedowns} cannot be written: {error.strerror or error}") from error
    return new
