"""Hits as an RSS feed (RSS 2.0)."""

from collections.abc import Iterator

from search_api.formats.export_format import ExportedSearch, Parts
from search_api.formats.feed import feed_of


def write_rss(search: ExportedSearch, parts: Parts) -> Iterator[bytes]:
    """Yield the document."""
    yield feed_of(search, parts).rss_str(pretty=True)
