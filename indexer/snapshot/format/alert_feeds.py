"""Alerts as feeds, Atom (RFC 4287) and RSS 2.0, for feed readers and newsroom tools."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from indexer.snapshot.format.alerts import StoredAlert
from indexer.snapshot.format.pages import Pages
from indexer.snapshot.text.xml import xml_text

_FEED_ID = "urn:khabar:alerts"


def atom_feed(
    alerts: Sequence[StoredAlert], updated: str, *, address: str | None = None, pages: Pages | None = None
) -> str:
    """Return an Atom document with one entry for each alert, in their order.

    `updated` is when the feed changed last, ISO 8601; an alert keeps its entry's id and time in every document.
    With the `address` of the feed and the `pages` of a service, it leads to the page of alerts, and the entry of an
    article without an address to the page of the article; a file has neither.
    """
    feed = _feed(updated, address, pages)
    for alert in alerts:
        entry = _add_entry(feed, alert)
        entry.updated(alert.found_at)
        entry.author({"name": xml_text(alert.article.source or "khabar")})
        entry.content(xml_text(alert.paragraph.text), type="text")
        if alert.article.url:
            entry.link(href=xml_text(alert.article.url), hreflang=alert.article.language)
        elif pages is not None:
            entry.link(href=pages.article(alert.article.id))
    return str(feed.atom_str(pretty=True), encoding="utf-8")


def rss_feed(
    alerts: Sequence[StoredAlert], updated: str, *, address: str | None = None, pages: Pages | None = None
) -> str:
    """Return the same as an RSS document; the source of an article is its creator (Dublin Core)."""
    feed = _feed(updated, address, pages)
    feed.load_extension("dc", atom=False)
    feed.description("What saved searches have found")
    if pages is None:
        feed.link(href=_FEED_ID)  # RSS requires a link
    feed.lastBuildDate(updated)
    for alert in alerts:
        entry = _add_entry(feed, alert)
        entry.published(alert.found_at)
        entry.description(xml_text(escape(alert.paragraph.text, quote=False)))  # readers take it for HTML
        entry.dc.dc_creator(xml_text(alert.article.source or "khabar"))
        if alert.article.url:
            entry.link(href=xml_text(alert.article.url))
        elif pages is not None:
            entry.link(href=pages.article(alert.article.id))
    return str(feed.rss_str(pretty=True), encoding="utf-8")


def _feed(updated: str, address: str | None, pages: Pages | None) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(_FEED_ID)
    feed.title("khabar alerts")
    feed.updated(updated)
    feed.author({"name": "khabar"})
    if address is not None:
        feed.link(href=address, rel="self")
    if pages is not None:
        feed.link(href=pages.status, rel="alternate")  # the last one is the link of RSS
    return feed


def _add_entry(feed: FeedGenerator, alert: StoredAlert) -> FeedEntry:
    """Add what an entry has in both kinds of feed; RSS calls the id guid."""
    article = alert.article
    entry = feed.add_entry(order="append")
    entry.id(f"urn:khabar:alert:{quote(alert.saved_search, '')}:{quote(alert.paragraph.id, '')}")
    entry.title(xml_text(f"{alert.saved_search}: {article.title or article.id}"))
    entry.category(term=xml_text(alert.saved_search))
    return entry
