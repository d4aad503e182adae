"""Taking articles down and putting them back, recorded in the store's log."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import numpy as np
from filelock import Timeout

from indexer.snapshot.content.columns import ArticleRow
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import KhabarError, SnapshotDamaged, StoreError, StoreNotFound
from indexer.snapshot.files.durable_files import write_atomically
from indexer.snapshot.files.locks import locked
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.format.replica import read_replica
from indexer.snapshot.format.takedown_confirmation import is_applied_everywhere, prepare_confirmation
from indexer.snapshot.format.takedowns import (
    NO_TAKEDOWNS,
    Action,
    Takedown,
    TakedownHead,
    TakedownLog,
    chained,
    expected_head,
    head_of,
    head_text,
    heads_given_up,
    read_lines,
    readable_entries,
)
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version, read_takedowns
from indexer.snapshot.text.utc import utc_text
from indexer.store.versions import list_versions

_WAIT_S = 10.0
_CONFIRMATION_S = 30.0
_LOOK_EVERY_S = 0.05


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
    known = read_takedowns(store).in_force().keys() if action == "undo" else _published_article_ids(store, article_ids)
    return sorted(set(article_ids) - known)


def near_duplicates_of(store: StoreLayout, article_ids: Sequence[str]) -> list[str]:
    """Return the ids of the other articles of the published version with the same story, in the order of their ids.

    A takedown of an article leaves its copies findable. None if nothing is published.
    """
    try:
        with Corpus(store.version(current_version(store)).corpus) as corpus:
            story = corpus.columns.story
            rows = np.flatnonzero(np.isin(story, story[corpus.article_rows(article_ids)]))
            found = {summary.id for summary in corpus.summaries(list(map(ArticleRow, rows.tolist())))}
            return sorted(found - set(article_ids))
    except StoreError:
        return []


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
    replica = read_replica(store)
    if replica is not None:
        raise StoreError(
            f"{store.root} is a replica: take articles down in the store that it follows, {replica.source}"
        )
    now = utc_text(datetime.now(UTC))
    new = [Takedown(article_id, action, reason, now) for article_id in article_ids]
    with _writing(store):
        head, given_up = read_takedowns(store).head, heads_given_up(store)
        _write(store, [*read_lines(store), *chained(new, head)], head, given_up)
    return new


def wait_until_applied(store: StoreLayout, timeout_s: float = _CONFIRMATION_S) -> bool:
    """Wait until every process that serves the store has applied the log; return False if some have not in time.

    Raises:
        StoreError: the store cannot be written, or its file system has no locks.
        SnapshotDamaged: the log cannot be read.
    """
    deadline = time.monotonic() + timeout_s
    try:
        while not is_applied_everywhere(store, read_takedowns(store).head):  # others may write to it meanwhile
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK_EVERY_S)
    except OSError as error:
        raise StoreError(f"{store.takedowns_applied} cannot be locked: {error.strerror or error}") from error
    return True


def accept_log(store: StoreLayout) -> tuple[int, int]:
    """Go on with the takedowns of a log that has lost lines; return how many it has, and how many lines are none.

    The heads that it should contain are given up, so versions open again that were built with more takedowns.

    Raises:
        StoreNotFound: there is no store.
        StoreError: the log cannot be read or written.
    """
    if not store.root.is_dir():
        raise StoreNotFound(f"no store at {store.root}")
    with _writing(store):
        lines = read_lines(store)
        entries = readable_entries(lines)
        given_up = set[TakedownHead]()
        with suppress(SnapshotDamaged):  # a head file that cannot be read gives up nothing more
            given_up |= {*heads_given_up(store), *expected_head(store)}
        for name in list_versions(store):
            with suppress(KhabarError):  # a version that cannot be read is not served either
                given_up |= {read_manifest(store.version(name).manifest).takedowns or NO_TAKEDOWNS}
        ordered = sorted(given_up - {NO_TAKEDOWNS}, key=_age)
        _write(store, chained(entries, NO_TAKEDOWNS), NO_TAKEDOWNS, ordered)
    return len(entries), len(lines) - len(entries)


def adopt_log(store: StoreLayout, lines: Sequence[bytes], given_up: Sequence[TakedownHead]) -> None:
    """Go on with the log of another store, of which this one is a copy: the longer one of both logs holds.

    Raises:
        StoreError: each log has lines that the other lacks, or the log cannot be written.
        SnapshotDamaged: the log of this store cannot be read.
    """
    with _writing(store):
        head, own, known = read_takedowns(store).head, read_lines(store), heads_given_up(store)
        if own[: len(lines)] == list(lines):
            merged = own
        elif list(lines[: len(own)]) == own:
            merged = list(lines)
        elif head in given_up:  # the other store has lost lines that this one still has
            merged = [*lines, *chained(_missing(read_takedowns(store), lines), head_of(lines))]
        else:
            raise StoreError(
                f"{store.takedowns} has takedowns that the other store lacks, and lacks some of its own: take down "
                "there what `khabar index takedowns` lists here, move takedowns.jsonl and takedowns.head.json of "
                f"{store.root} away, and copy again"
            )
        is_behind = bool(merged) and expected_head(store) != (head_of(merged),)  # a copy ended before it wrote the head
        if merged != own or is_behind or not set(given_up) <= set(known):
            _write(store, merged, head, sorted({*given_up, *known}, key=_age))


def _missing(log: TakedownLog, lines: Sequence[bytes]) -> list[Takedown]:
    """Return the takedowns in force of which other lines say nothing."""
    mentioned = {entry.article_id for entry in readable_entries(lines)}
    return [entry for article_id, entry in log.in_force().items() if article_id not in mentioned]


def _age(head: TakedownHead) -> tuple[int, str]:
    return head.lines, head.digest


def _write(store: StoreLayout, lines: Sequence[bytes], before: TakedownHead, given_up: Sequence[TakedownHead]) -> None:
    """Write the log, and then its head: what the head says is in the log, whenever the machine stops.

    The first head is written before the log, because a log without one is a damaged one.
    """
    if before == NO_TAKEDOWNS or not store.takedowns_head.exists():
        write_atomically(store.takedowns_head, head_text(before, given_up))
    write_atomically(store.takedowns, "".join(f"{line.decode()}\n" for line in lines))
    write_atomically(store.takedowns_head, head_text(head_of(lines), given_up))


@contextmanager
def _writing(store: StoreLayout) -> Iterator[None]:
    try:
        with locked(store.takedowns_lock, timeout_s=_WAIT_S):
            prepare_confirmation(store)
            yield
    except Timeout as error:
        raise StoreError(f"another takedown is being written to {store.root}; try again") from error
    except OSError as error:
        raise StoreError(f"{store.takedowns} cannot be written: {error.strerror or error}") from error
