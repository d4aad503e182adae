"""What a format of exported hits is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from indexer.snapshot.format.manifest import Manifest
from indexer.snapshot.format.pages import Pages
from indexer.snapshot.search.page import Hit

Parts = Iterable[Sequence[Hit]]
"""The hits of an export, some at a time, in order."""


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """Where a feed leads: its `own` address, or None if it has none, the page of its `search`, and all `pages`."""

    own: str | None
    search: str
    pages: Pages


@dataclass(frozen=True, slots=True)
class ExportedSearch:
    """What an export says of its search: the text of the query, the version that answered, and when that was built.

    `links` are None where no service answers, as on the command line. `created_at` is ISO 8601.
    """

    text: str
    version: str
    created_at: str
    links: FeedLinks | None = None

    @classmethod
    def of(cls, text: str, manifest: Manifest, links: FeedLinks | None = None) -> "ExportedSearch":
        """Return what an export from a version says of a query."""
        return cls(text, manifest.version, manifest.created_at, links)


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format: `write` turns hits into pieces of a file, UTF-8.

    A format that may have more than `MAX_HITS` hits writes each part of them before it asks for the next one.
    `extension` is that of the file as which browsers save an export, or None where they show it.
    """

    media_type: str
    extension: str | None
    write: Callable[[ExportedSearch, Parts], Iterator[bytes]]
