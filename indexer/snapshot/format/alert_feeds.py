"""Alerts as feeds, Atom (RFC 4287) and RSS 2.0, for feed readers and newsroom tools."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from indexer.snapshot.format.alerts import StoredAlert
from indexer.snapshot.text.xml import xml_text

_FEED_ID = "urn:khabar:alerts"


def atom_feed(alerts: Sequence[StoredAlert], updated: str) -> str:
    """Return an Atom document with one entry for each alert, in their order.

    `updated` is when the feed changed last, ISO 8601; an alert keeps its entry's id and time in every document.
    """
    feed = _feed(updated)
    for alert in alerts:
        entry = _add_entry(feed, alert)
        entry.updated(alert.found_at)
        entry.author({"name": xml_text(alert.article.source or "khabar")})
        entry.content(xml_text(alert.paragraph.text), type="text")
        if alert.article.url:
            entry.link(href=xml_text(alert.article.url), hreflang=alert.article.language)
    return str(feed.atom_str(pretty=True), encoding="utf-8")


def rss_feed(alerts: Sequence[StoredAlert], updated: str) -> str:
    """Return the same as an RSS document; the source of an article is its creator (Dublin Core)."""
    feed = _feed(updated)
    feed.load_extension("dc", atom=False)
    feed.description("What saved searches have found")
    feed.link(href=_FEED_ID)  # RSS requires a link, and a feed does not know the address that it is read at
    feed.lastBuildDate(updated)
    for alert in alerts:
        entry = _add_entry(feed, alert)
        entry.published(alert.found_at)
        entry.description(xml_text(escape(alert.paragraph.text, quote=False)))  # readers take it for HTML
        entry.dc.dc_creator(xml_text(alert.article.source or "khabar"))
        if alert.article.url:
            entry.link(href=xml_text(alert.article.url))
    return str(feed.rss_str(pretty=True), encoding="utf-8")


def _feed(updated: str) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(_FEED_ID)
    feed.title("khabar alerts")
    feed.updated(updated)
    feed.author({"name": "khabar"})
    return feed


def _add_entry(feed: FeedGenerator, alert: StoredAlert) -> FeedEntry:
    """Add what an entry has in both kinds of feed; RSS calls the id guid."""
    article = alert.article
    entry = feed.add_entry(order="append")
    entry.id(f"urn:khabar:alert:{quote(alert.saved_search, '')}:{quote(alert.paragraph.id, '')}")
    entry.title(xml_text(f"{alert.saved_search}: {article.title or article.id}"))
    entry.category(term=xml_text(alert.saved_search))
    return entry
