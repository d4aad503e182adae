"""Reading the file of saved searches, which has one of them on each line."""

from dataclasses import dataclass
from pathlib import Path

from indexer.snapshot.errors import StoreError, StoreNotFound
from indexer.snapshot.files.edited_files import parse_edited_lines, read_edited_file
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.saved_searches.saved_search import SavedSearch


@dataclass(frozen=True, slots=True)
class SavedSearchFile:
    """All lines as they are, with their ends, and by id the saved searches and the number of the line of each."""

    lines: list[bytes]
    searches: dict[str, SavedSearch]
    line_of: dict[str, int]


def read_saved_searches(store: StoreLayout) -> list[SavedSearch]:
    """Return the saved searches of a store, in the order of its file.

    Raises:
        StoreNotFound: the store has no file of them.
        StoreError: a line cannot be used, or two lines have the same id.
    """
    path = store.saved_searches
    try:
        return list(parse_saved_searches(path, read_edited_file(path)).searches.values())
    except FileNotFoundError as error:
        raise StoreNotFound(f"no saved searches: write them to {path}, one JSON object a line") from error


def parse_saved_searches(path: Path, content: bytes) -> SavedSearchFile:
    """Return what the file at `path` with this content has; blank lines have no saved search.

    Raises:
        StoreError: a line cannot be used, or two lines have the same id.
    """
    file = SavedSearchFile(content.splitlines(keepends=True), {}, {})
    for line in parse_edited_lines(path, file.lines, SavedSearch):
        saved = line.content
        if saved is None:
            raise StoreError(line.problem)
        if saved.id in file.searches:
            raise StoreError(f"{line.place}: id {saved.id!r} is used twice")
        file.searches[saved.id] = saved
        file.line_of[saved.id] = line.number
    return file
