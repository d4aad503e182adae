"""What a store says of being a replica: a copy that follows a store in another place, and must know its takedowns.

Beside the address of the other store and the last head of its log, the time of change of the file is when the replica
asked for takedowns last and got an answer.
"""

import math
import os
import time
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.files.durable_files import write_atomically
from indexer.snapshot.format.takedowns import NO_TAKEDOWNS, TakedownHead
from indexer.snapshot.layout import StoreLayout

MOST_LAG_S = 8.0
"""A replica that has not synchronised for longer is not ready. With what a process takes to notice, a takedown is in
force everywhere after ten seconds, or the replica is out of rotation."""

_NEVER = 0.0
"""The time of a replica that has not synchronised since it was started."""

_CLOCK_S = 1.0
"""A time further in the future is that of a clock that was put back, and says nothing."""


@dataclass(frozen=True, slots=True)
class Replica:
    """The address of the store that a replica follows, and the head of its log of takedowns."""

    source: str
    head: TakedownHead = NO_TAKEDOWNS


_FILE = TypeAdapter(Replica)


@dataclass(frozen=True, slots=True)
class ReplicaLag:
    """How many seconds ago a replica has synchronised with its `source`; infinite if it has not, or nobody can tell."""

    source: str
    seconds: float

    @property
    def is_too_long(self) -> bool:
        """Whether a takedown may be missing that was made ten seconds ago."""
        return self.seconds > MOST_LAG_S

    def __str__(self) -> str:
        since = "since it was started" if math.isinf(self.seconds) else f"for {self.seconds:.0f} s"
        return (
            f"this replica of {self.source} has not synchronised {since}, so takedowns may be missing; the log of "
            "`khabar serve` says why. To serve the folder as a store of its own, remove replica.json"
        )


def read_replica(store: StoreLayout) -> Replica | None:
    """Return what a replica follows; None for a store that is no replica.

    Raises:
        SnapshotDamaged: the file that says so cannot be read.
    """
    try:
        return _FILE.validate_json(store.replica.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise SnapshotDamaged(
            f"{store.replica} cannot be read; remove the folder, and the replica is made anew"
        ) from error


def replica_lag(store: StoreLayout) -> ReplicaLag | None:
    """Return how long ago a replica has synchronised; None for a store that is no replica."""
    try:
        synchronised_at = store.replica.stat().st_mtime
        replica = read_replica(store)
    except FileNotFoundError:
        return None
    except (OSError, SnapshotDamaged):
        return ReplicaLag("a store that replica.json does not name", math.inf)
    if replica is None:
        return None
    seconds = time.time() - synchronised_at
    is_known = synchronised_at != _NEVER and seconds > -_CLOCK_S
    return ReplicaLag(replica.source, max(seconds, 0.0) if is_known else math.inf)


def write_replica(store: StoreLayout, replica: Replica) -> None:
    """Say what a replica follows.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(store.replica, _FILE.dump_json(replica).decode() + "\n")


def note_sync(store: StoreLayout, asked_at: float = _NEVER) -> None:
    """Note that the takedowns of the other store, as they were at a time in Unix seconds, are in force here.

    By default, note that nobody knows: this replica has just been started.

    Raises:
        OSError: the file is gone, or is another user's.
    """
    os.utime(store.replica, (asked_at, asked_at))
