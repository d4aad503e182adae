"""Alerts as an Atom feed (RFC 4287), for feed readers and newsroom tools."""

from collections.abc import Sequence
from urllib.parse import quote

from feedgen.feed import FeedGenerator

from indexer.snapshot.format.alerts import Alert


def atom_feed(alerts: Sequence[Alert], version: str, created_at: str) -> str:
    """Return an Atom document with one entry for each alert of a version, in their order.

    `created_at` is when the version was built, ISO 8601: every entry is as old as that.
    """
    feed = FeedGenerator()
    feed.id(f"urn:khabar:alerts:{version}")
    feed.title(f"khabar: new since {alerts[0].since}" if alerts else f"khabar: no alerts in {version}")
    feed.updated(created_at)
    feed.author({"name": "khabar"})
    for alert in alerts:
        article, paragraph = alert.article, alert.paragraph
        entry = feed.add_entry(order="append")
        entry.id(f"urn:khabar:alert:{quote(alert.saved_search, '')}:{quote(paragraph.id, '')}")
        entry.title(_xml(f"{alert.saved_search}: {article.title or article.id}"))
        entry.updated(created_at)
        entry.author({"name": _xml(article.source or "khabar")})
        entry.category(term=_xml(alert.saved_search))
        entry.content(_xml(paragraph.text), type="text")
        if article.url:
            entry.link(href=_xml(article.url), hreflang=article.language)
    return str(feed.atom_str(pretty=True), encoding="utf-8")


def _xml(text: str) -> str:
    """Return `text` without the characters that XML 1.0 does not allow."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff"))
