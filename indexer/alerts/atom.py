"""Alerts as an Atom feed, for feed readers and newsroom tools that take one."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedgen.feed import FeedGenerator


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `updated` is UTC, ISO 8601."""

    id: str
    title: str
    updated: str
    link: str | None
    author: str
    language: str
    text: str
    category: str


def atom(feed_id: str, title: str, updated: str, entries: Sequence[Entry]) -> str:
    """Return an Atom document (RFC 4287) with the entries in their order."""
    feed = FeedGenerator()
    feed.id(feed_id)
    feed.title(title)
    feed.updated(updated)
    feed.author({"name": "khabar"})
    for entry in entries:
        element = feed.add_entry(order="append")
        element.id(entry.id)
        element.title(_xml(entry.title))
        element.updated(entry.updated)
        element.author({"name": _xml(entry.author)})
        element.category(term=_xml(entry.category))
        element.content(_xml(entry.text), type="text")
        if entry.link:
            element.link(href=_xml(entry.link), hreflang=entry.language)
    return str(feed.atom_str(pretty=True), encoding="utf-8")


def _xml(text: str) -> str:
    """Return `text` without the few characters that XML 1.0 does not know."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff"))
