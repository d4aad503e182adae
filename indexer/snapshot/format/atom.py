"""Alerts as an Atom feed (RFC 4287), for feed readers and newsroom tools."""

from collections.abc import Sequence
from urllib.parse import quote

from feedgen.feed import FeedGenerator

from indexer.snapshot.format.alerts import StoredAlert
from indexer.snapshot.text.xml import xml_text


def atom_feed(alerts: Sequence[StoredAlert], updated: str) -> str:
    """Return an Atom document with one entry for each alert, in their order.

    `updated` is when the feed changed last, ISO 8601; an alert keeps its entry's id and time in every document.
    """
    feed = FeedGenerator()
    feed.id("urn:khabar:alerts")
    feed.title("khabar alerts")
    feed.updated(updated)
    feed.author({"name": "khabar"})
    for alert in alerts:
        article, paragraph = alert.article, alert.paragraph
        entry = feed.add_entry(order="append")
        entry.id(f"urn:khabar:alert:{quote(alert.saved_search, '')}:{quote(paragraph.id, '')}")
        entry.title(xml_text(f"{alert.saved_search}: {article.title or article.id}"))
        entry.updated(alert.found_at)
        entry.author({"name": xml_text(article.source or "khabar")})
        entry.category(term=xml_text(alert.saved_search))
        entry.content(xml_text(paragraph.text), type="text")
        if article.url:
            entry.link(href=xml_text(article.url), hreflang=article.language)
    return str(feed.atom_str(pretty=True), encoding="utf-8")
