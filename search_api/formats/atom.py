"""Hits as an Atom feed (RFC 4287)."""

from collections.abc import Iterator

from search_api.formats.export_format import ExportedSearch, Parts
from search_api.formats.feed import feed_of


def write_atom(search: ExportedSearch, parts: Parts) -> Iterator[bytes]:
    """Yield the document."""
    yield feed_of(search, parts).atom_str(pretty=True)
