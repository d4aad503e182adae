"""Hits as an RSS feed (RSS 2.0)."""

from collections.abc import Iterator
from html import escape

from feedgen.entry import FeedEntry

from search_api.formats.export_format import ExportedSearch, Parts
from search_api.formats.feed import feed_of


def write_rss(search: ExportedSearch, parts: Parts) -> Iterator[bytes]:
    """Yield the document."""
    yield feed_of(search, parts, _set_text).rss_str(pretty=True)


def _set_text(entry: FeedEntry, text: str) -> None:
    entry.description(escape(text, quote=False))  # readers take it for HTML
