"""Changing one line of the file of saved searches, beside people who edit it and other processes that change it.

Every other line stays as it is, byte for byte, and in its place. A file with a line that cannot be used is not changed
at all: that line may be the one that is meant.
"""

import errno
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import Timeout

from indexer.snapshot.errors import SavedSearchConflict, SavedSearchNotFound, StoreError
from indexer.snapshot.files.durable_files import write_atomically
from indexer.snapshot.files.edited_files import read_edited_file
from indexer.snapshot.files.locks import locked
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.saved_searches.saved_search import SavedSearch
from indexer.snapshot.saved_searches.saved_search_file import SavedSearchFile, parse_saved_searches

MAX_SAVED_SEARCHES = 1_000
"""Further ones are not added: each is a search of every nightly run."""

_PRIVATE = 0o640
"""Of a new file: the owner writes it, and the group of the service reads it. Addresses of webhooks may be secret."""

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)

_WAIT_S = 0.5
"""A change takes milliseconds. In the service, a thread that searches need waits so long."""


def add_saved_search(store: StoreLayout, saved: SavedSearch) -> None:
    """Add a saved search as the last line; without a file, one is made.

    Raises:
        SavedSearchConflict: its id is used, or there are `MAX_SAVED_SEARCHES` already.
        StoreError: the file has a line that cannot be used, it cannot be written, or somebody else keeps it locked.
    """
    with _changing(store) as file:
        if saved.id in file.searches:
            raise SavedSearchConflict(f"id: a saved search {saved.id!r} is there already; PUT replaces it")
        if len(file.searches) >= MAX_SAVED_SEARCHES:
            raise SavedSearchConflict(
                f"there are {len(file.searches):,} saved searches, and {MAX_SAVED_SEARCHES:,} is the most: remove some"
            )
        if file.lines and not file.lines[-1].endswith((b"\n", b"\r")):
            file.lines[-1] += b"\n"
        file.lines.append(_line(saved) + b"\n")


def replace_saved_search(store: StoreLayout, saved: SavedSearch) -> None:
    """Put a saved search in the place of the one with its id; raises as `remove_saved_search` does."""
    with _changing(store) as file:
        number = _line_of(file, saved.id)
        old = file.lines[number]
        file.lines[number] = _line(saved) + old[len(old.rstrip(b"\r\n")) :]


def remove_saved_search(store: StoreLayout, search_id: str) -> None:
    """Remove the line of a saved search.

    Raises:
        SavedSearchNotFound: there is none with this id.
        StoreError: the file has a line that cannot be used, it cannot be written, or somebody else keeps it locked.
    """
    with _changing(store) as file:
        del file.lines[_line_of(file, search_id)]


@contextmanager
def _changing(store: StoreLayout) -> Iterator[SavedSearchFile]:
    """Yield the file under its lock, and write its lines after the block if that ends without an error."""
    path = store.saved_searches.resolve()  # a link stays one
    try:
        with locked(store.saved_searches_lock, timeout_s=_WAIT_S):
            try:
                content, mode = read_edited_file(path), stat.S_IMODE(path.stat().st_mode)
            except FileNotFoundError:
                content, mode = b"", _PRIVATE
            file = parse_saved_searches(path, content)
            yield file
            write_atomically(path, b"".join(file.lines).decode(), mode=mode)
    except Timeout as error:
        raise StoreError(f"{path} is being changed by another process; try again") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be changed: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    """Return what is wrong, and what to do where the system does not let this process write."""
    what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error.strerror or error)
    if error.errno not in _FORBIDDEN:
        return what
    return f"{what}; let the user of the service write to the folder of the store, or edit the file as another user"


def _line(saved: SavedSearch) -> bytes:
    """Return a saved search as people would write it: what was given of it, the id and the query first."""
    given = saved.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return json.dumps({"id": saved.id, "query": saved.query, **given}, ensure_ascii=False).encode()


def _line_of(file: SavedSearchFile, search_id: str) -> int:
    if search_id not in file.line_of:
        raise SavedSearchNotFound(f"id: no saved search {search_id!r}")
    return file.line_of[search_id]
