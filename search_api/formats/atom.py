"""Hits as an Atom feed (RFC 4287)."""

from collections.abc import Iterator

from feedgen.entry import FeedEntry

from search_api.formats.export_format import ExportedSearch, Parts
from search_api.formats.feed import feed_of


def write_atom(search: ExportedSearch, parts: Parts) -> Iterator[bytes]:
    """Yield the document."""
    yield feed_of(search, parts, _set_text).atom_str(pretty=True)


def _set_text(entry: FeedEntry, text: str) -> None:
    entry.content(text, type="text")
