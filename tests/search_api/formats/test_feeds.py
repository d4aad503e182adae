"""Feeds of a search, read by a feed reader's parser."""

from dataclasses import replace
from html import unescape
from typing import Any

import feedparser
import pytest
from lxml import etree

from indexer.snapshot.search.page import Hit
from search_api.formats.export_format import ExportedSearch
from search_api.formats.registry import EXPORT_FORMATS
from tests.search_api.formats.hits import HOSTILE, LINKS, SEARCH, hit

FEEDS = ("atom", "rss")
LINK = "https://example.org/%D8%B2%D9%84%D8%B2%D8%A7%D9%84?a=1&b=%3C2%3E"


def document(name: str, *hits: Hit, search: ExportedSearch = SEARCH) -> bytes:
    return b"".join(EXPORT_FORMATS[name].write(search, [hits]))


def parsed(name: str, *hits: Hit, search: ExportedSearch = SEARCH) -> Any:
    feed = feedparser.parse(document(name, *hits, search=search))
    assert not feed.bozo
    return feed


@pytest.mark.parametrize("name", FEEDS)
def test_an_entry_has_title_paragraph_source_date_and_link(name: str) -> None:
    feed = parsed(name, hit(text="نص الفقرة الأولى"))
    assert feed.feed.title == f"khabar: {SEARCH.text}"
    (entry,) = feed.entries
    assert entry.id == "urn:khabar:article:ar-1"
    assert entry.title == "زلزال في المغرب"
    assert entry.link == LINK
    assert entry.author == "الأهرام"
    assert entry.published_parsed[:5] == (2023, 9, 8, 22, 11)
    assert [tag.term for tag in entry.tags] == ["ar"]
    text = entry.content[0].value if name == "atom" else entry.description
    assert text == "نص الفقرة الأولى"


@pytest.mark.parametrize("name", FEEDS)
def test_order_is_that_of_the_hits_and_ids_stay_apart(name: str) -> None:
    feed = parsed(name, hit(1), hit(2, article_id="b/ب"), hit(3))
    # An article keeps its id; a second paragraph of it, as with group=none, has one of its own.
    assert [entry.id for entry in feed.entries] == [
        "urn:khabar:article:ar-1",
        "urn:khabar:article:b%2F%D8%A8",
        "urn:khabar:paragraph:ar-1%3A3",
    ]


@pytest.mark.parametrize("name", FEEDS)
def test_a_day_begins_in_utc_and_no_date_is_none(name: str) -> None:
    feed = parsed(name, hit(published_at="2023-09-08"), hit(2, article_id="b", published_at=None))
    assert feed.entries[0].published_parsed[:5] == (2023, 9, 8, 0, 0)
    assert "published" not in feed.entries[1]


@pytest.mark.parametrize("name", FEEDS)
def test_markup_and_control_characters_are_text(name: str) -> None:
    etree.fromstring(document(name, hit(text=HOSTILE, title=HOSTILE, source=HOSTILE)))
    (entry,) = parsed(name, hit(text=HOSTILE, title=HOSTILE, source=HOSTILE)).entries
    assert "\x0b" not in entry.title
    # Atom says that it is text; readers of RSS take it for HTML, so what they show is the same.
    shown = entry.content[0].value if name == "atom" else unescape(entry.description)
    assert shown.split() == HOSTILE.replace("\x00\x0b", "").split()


@pytest.mark.parametrize("name", FEEDS)
def test_what_an_article_lacks_is_left_out(name: str) -> None:
    (entry,) = parsed(name, hit(title=None, source=None, url=None)).entries
    assert entry.title == "ar-1"
    assert entry.author == "khabar"


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_leads_to_its_search_and_an_article_without_address_to_its_page(name: str) -> None:
    feed = parsed(name, hit(article_id="خبر/7", url=None), hit(2))
    assert feed.feed.link == LINKS.search
    assert [one.href for one in feed.feed.links if one.rel == "self"] == [LINKS.own]
    assert [entry.link for entry in feed.entries] == ["http://127.0.0.1/article/%D8%AE%D8%A8%D8%B1%2F7", LINK]


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_without_a_service_has_no_pages(name: str) -> None:
    feed = parsed(name, hit(url=None), search=replace(SEARCH, links=None))
    assert feed.feed.title == f"khabar: {SEARCH.text}"
    assert "127.0.0.1" not in str(feed.feed.links)
    (entry,) = feed.entries
    assert not entry.get("links")


@pytest.mark.parametrize("name", FEEDS)
def test_no_hit_is_a_valid_feed(name: str) -> None:
    assert parsed(name).entries == []


@pytest.mark.parametrize("name", FEEDS)
def test_texts_without_a_sign_that_xml_allows_break_no_feed(name: str) -> None:
    (entry,) = parsed(name, hit(text="\uffff", title="\uffff", source="\ufffe", article_id="\uffff")).entries
    assert (entry.title, entry.author) == ("-", "khabar")
