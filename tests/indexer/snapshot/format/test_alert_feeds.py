"""Alerts as feeds that any reader can read."""

from collections.abc import Sequence
from html import unescape
from typing import Any, Protocol
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.format.alert_feeds import atom_feed, rss_feed
from indexer.snapshot.format.alerts import StoredAlert
from indexer.snapshot.format.pages import Pages

NOW = "2026-01-02T03:04:05Z"
TEXTS = ("نَصّ \u200fmark\uffff\x0b", "قال: \"هدنة\" & 'نعم'", "a < b ]]> &amp; <b>c</b> <script>alert(1)</script>")


class Feed(Protocol):
    """Writes one of the kinds of feed."""

    def __call__(
        self, alerts: Sequence[StoredAlert], updated: str, *, address: str | None = None, pages: Pages | None = None
    ) -> str: ...


@pytest.fixture(params=[atom_feed, rss_feed])
def feed(request: pytest.FixtureRequest) -> Feed:
    """Return what writes one of the kinds of feed."""
    write: Feed = request.param
    return write


def alert_of(text: str, url: str | None = None, number: int = 7) -> StoredAlert:
    """Return an alert with the same text everywhere."""
    article = ArticleSummary(id=text, title=text, language="ar", source=text, url=url, published_at=None)
    paragraph = Paragraph(f"{text}:{number}", 1, None, text, "ar")
    return StoredAlert(text, text, "v1", 1, 0.5, 1.0, article, paragraph, number, NOW, "v2")


def parsed(document: str) -> list[Any]:
    """Return the entries of a feed as a reader sees them, which must find no fault in it."""
    read = feedparser.parse(document.encode())
    assert not read.bozo, read.bozo_exception
    assert (read.feed.title, read.feed.updated_parsed[:6]) == ("khabar alerts", (2026, 1, 2, 3, 4, 5))
    entries: list[Any] = read.entries
    return entries


@pytest.mark.parametrize("text", TEXTS)
def test_a_reader_shows_the_text_and_runs_no_markup(feed: Feed, text: str) -> None:
    (entry,) = parsed(feed([alert_of(text)], NOW))
    shown = text.replace("\uffff", "").replace("\x0b", "")
    # The text of an Atom entry says that it is no HTML; that of RSS is HTML for most readers.
    body = entry.content[0].value if feed is atom_feed else unescape(entry.summary)
    assert body == shown
    assert feed is atom_feed or "<" not in entry.summary
    assert (entry.title, entry.author) == (f"{shown}: {shown}", shown)
    assert [tag.term for tag in entry.tags] == [shown]


def test_entries_keep_their_order_ids_times_and_links(feed: Feed) -> None:
    alerts = [alert_of("قمر", url, number) for number, url in enumerate(("https://example.org/?a=1&b=2", None))]
    first, second = parsed(feed(alerts, NOW))
    assert first.link == "https://example.org/?a=1&b=2"
    assert not second.get("links")
    assert [first.id, second.id] == [f"urn:khabar:alert:%D9%82%D9%85%D8%B1:%D9%82%D9%85%D8%B1%3A{n}" for n in (0, 1)]
    times = first.updated_parsed if feed is atom_feed else first.published_parsed
    assert times[:6] == (2026, 1, 2, 3, 4, 5)


def test_a_feed_of_a_service_leads_to_its_pages(feed: Feed) -> None:
    address = "https://news.example/v1/alerts?format=atom&saved_search=%D9%82"
    document = feed([alert_of("قمر/1", None)], NOW, address=address, pages=Pages("https://news.example/"))
    (entry,) = parsed(document)
    assert entry.link == "https://news.example/article/%D9%82%D9%85%D8%B1%2F1"
    read = feedparser.parse(document.encode()).feed
    assert read.link == "https://news.example/status"
    assert [one.href for one in read.links if one.rel == "self"] == [address]


def test_a_feed_may_be_empty(feed: Feed) -> None:
    assert parsed(feed([], NOW)) == []


@given(text=st.text(min_size=1))
def test_any_text_makes_a_document(text: str) -> None:
    for write in (atom_feed, rss_feed):
        ElementTree.fromstring(write([alert_of(text)], NOW).encode())
