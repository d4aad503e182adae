"""What a store says of being a replica: a copy that follows a store in another place, and must hear of its takedowns.

Beside the address of the other store, the time of change of the file is when its takedowns were asked for last.
"""

import json
import math
import os
import time
from dataclasses import dataclass

from indexer.snapshot.files.durable_files import write_atomically
from indexer.snapshot.layout import StoreLayout

MOST_SILENCE_S = 8.0
"""After so long without a word from the other store, a replica is not ready. With what a process takes to notice, a
takedown is in force everywhere after ten seconds, or the replica is out of rotation."""

_SINCE_THE_START_S = 1e8
"""A file that nobody has heard anything since has the time 0."""


@dataclass(frozen=True, slots=True)
class Silence:
    """For how many seconds a replica has not heard of its `source`."""

    source: str
    seconds: float

    @property
    def is_too_long(self) -> bool:
        """Whether a takedown may be missing that was made ten seconds ago."""
        return self.seconds > MOST_SILENCE_S

    def __str__(self) -> str:
        how_long = f"for {self.seconds:.0f} s" if self.seconds < _SINCE_THE_START_S else "since it was started"
        return f"this replica of {self.source} has not heard of it {how_long}, so takedowns may be missing"


def silence_of(store: StoreLayout) -> Silence | None:
    """Return for how long a replica has not heard of its source, for ever if nobody can tell.

    None for a store that is no replica.
    """
    try:
        with store.replica.open(encoding="utf-8") as file:
            heard_at = os.fstat(file.fileno()).st_mtime
            source = json.load(file)["source"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError):
        return Silence(f"a store that {store.replica.name} does not name", math.inf)
    return Silence(str(source), max(time.time() - heard_at, 0.0))


def make_replica(store: StoreLayout, source: str) -> None:
    """Say that a store is a replica of another one, of which it has not heard yet."""
    write_atomically(store.replica, json.dumps({"source": source}) + "\n")
    note_word(store, 0.0)


def note_word(store: StoreLayout, asked_at: float) -> None:
    """Note that the takedowns of the other store, as they were at a time in Unix seconds, are in force here."""
    os.utime(store.replica, (asked_at, asked_at))
