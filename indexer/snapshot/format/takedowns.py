"""Takedowns: a log of article ids that must never be served, one JSON object a line.

The log only grows, and the last line of an id decides. It belongs to the store and not to a version, so a takedown
holds in every version, even after a rollback.

A log that is lost must not count as an empty one, or articles would be served again. So each line has the digest of the
line before, and the number of lines and the digest of the last one, the *head*, stand in a second file and in the
manifest of every version that is built. A log that does not contain all heads is an error. Lines of khabar 0.1 have no
digest of the line before; they may only be the first ones.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
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


@dataclass(frozen=True, slots=True)
class _Line(Takedown):
    previous: str | None = None

    def plain(self) -> Takedown:
        return Takedown(self.article_id, self.action, self.reason, self.at)


@dataclass(frozen=True, slots=True)
class TakedownHead:
    """A state of the log: its number of lines, and the sha256 of the last one; "" without a line."""

    lines: int
    digest: str


NO_TAKEDOWNS = TakedownHead(0, "")


@dataclass(frozen=True, slots=True)
class _HeadFile(TakedownHead):
    """`given_up` are heads that a person has declared lost (`khabar index takedowns --accept`)."""

    given_up: tuple[TakedownHead, ...] = ()


@dataclass(frozen=True, slots=True)
class TakedownLog:
    """All lines of a log, oldest first, and its head."""

    entries: tuple[Takedown, ...]
    head: TakedownHead

    def in_force(self) -> dict[str, Takedown]:
        """Return the takedowns that are in force, by article id."""
        last = {entry.article_id: entry for entry in self.entries}
        return {article_id: entry for article_id, entry in last.items() if entry.action == "takedown"}


_LINE = TypeAdapter(_Line)
_HEAD = TypeAdapter(_HeadFile)


def read_log(store: StoreLayout, *known: TakedownHead | None) -> TakedownLog:
    """Read the log, and check that nothing of it is lost; empty where there never was one.

    `known` are heads of the log that are recorded elsewhere, such as in the manifest of a version.

    Raises:
        SnapshotDamaged: it cannot be read, or lines are missing or changed. It is never skipped, because forbidden
            articles would be served.
    """
    head_file = _read_head(store)  # before the log, which is written first
    lines = read_lines(store)
    entries = [_parse(store, number, line) for number, line in enumerate(lines, start=1)]
    digests = list(map(_digest, lines))
    _check_chain(store, entries, digests)
    if head_file is None and any(entry.previous is not None for entry in entries):
        raise _lost(store, f"{store.takedowns_head} is missing")
    given_up = head_file.given_up if head_file else ()
    for head in (head_file, *known):
        if head is not None and head.lines and TakedownHead(head.lines, head.digest) not in given_up:
            _check_contains(store, digests, head)
    return TakedownLog(tuple(entry.plain() for entry in entries), head_of(lines))


def read_lines(store: StoreLayout) -> list[bytes]:
    """Return the lines of the log as they are, without blank ones; none where there is no log.

    Raises:
        SnapshotDamaged: it cannot be read.
    """
    try:
        return [line for line in store.takedowns.read_bytes().splitlines() if line.strip()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SnapshotDamaged(f"{store.takedowns} cannot be read: {error.strerror}") from error


def head_of(lines: Sequence[bytes]) -> TakedownHead:
    """Return the head of a log with these lines."""
    return TakedownHead(len(lines), _digest(lines[-1])) if lines else NO_TAKEDOWNS


def chained(entries: Iterable[Takedown], head: TakedownHead) -> list[bytes]:
    """Return the lines of new entries after a log with this head."""
    lines: list[bytes] = []
    previous = head.digest
    for entry in entries:
        lines.append(json.dumps({**asdict(entry), "previous": previous}, ensure_ascii=False).encode())
        previous = _digest(lines[-1])
    return lines


def head_text(head: TakedownHead, given_up: Sequence[TakedownHead]) -> str:
    """Return the content of the file of the head."""
    content = _HeadFile(head.lines, head.digest, tuple(given_up))
    return _HEAD.dump_json(content).decode() + "\n"


def heads_given_up(store: StoreLayout) -> tuple[TakedownHead, ...]:
    """Return the heads that a person has declared lost; raises as `read_log` does."""
    head_file = _read_head(store)
    return head_file.given_up if head_file else ()


def expected_head(store: StoreLayout) -> tuple[TakedownHead, ...]:
    """Return the head in the file beside the log, if there is one; raises as `read_log` does."""
    head_file = _read_head(store)
    return (TakedownHead(head_file.lines, head_file.digest),) if head_file else ()


def readable_entries(lines: Iterable[bytes]) -> list[Takedown]:
    """Return those lines that are takedowns, whatever is between them."""
    entries = []
    for line in lines:
        with suppress(ValidationError):
            entries.append(_LINE.validate_json(line).plain())
    return entries


def _read_head(store: StoreLayout) -> _HeadFile | None:
    try:
        return _HEAD.validate_json(store.takedowns_head.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SnapshotDamaged(f"{store.takedowns_head} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise _lost(store, f"{store.takedowns_head} is damaged") from error


def _parse(store: StoreLayout, number: int, line: bytes) -> _Line:
    try:
        return _LINE.validate_json(line)
    except ValidationError as error:
        raise _lost(store, f"{store.takedowns}:{number} is not a takedown") from error


def _check_chain(store: StoreLayout, entries: Sequence[_Line], digests: Sequence[str]) -> None:
    for number, (entry, before) in enumerate(zip(entries, ["", *digests], strict=False), start=1):
        follows_chained = number > 1 and entries[number - 2].previous is not None
        if entry.previous != before and (entry.previous is not None or follows_chained):
            raise _lost(store, f"{store.takedowns}:{number} does not follow the line before")


def _check_contains(store: StoreLayout, digests: Sequence[str], head: TakedownHead) -> None:
    if len(digests) < head.lines:
        raise _lost(store, f"{store.takedowns} has {len(digests):,} lines, but had {head.lines:,} before")
    if digests[head.lines - 1] != head.digest:
        raise _lost(store, f"{store.takedowns}:{head.lines} is not the line that was there before")


def _lost(store: StoreLayout, what: str) -> SnapshotDamaged:
    return SnapshotDamaged(
        f"{what}, so articles that were taken down may be missing in the log: restore {store.takedowns.name} and "
        f"{store.takedowns_head.name} from a copy of the store; if there is none, `khabar index takedowns --accept` "
        "goes on with the lines that are there"
    )


def _digest(line: bytes) -> str:
    return sha256(line).hexdigest()
