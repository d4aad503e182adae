"""RSS and Atom files: one article an entry."""

import re
from calendar import timegm
from collections.abc import Iterator
from typing import Any

from indexer.sources.formats.format import Format, Numbered, Reading
from indexer.sources.parsing.foreign import ParserFailed, parsing_with
from indexer.sources.parsing.html_text import fragment_lines
from indexer.sources.parsing.opened import Opened, Refused
from indexer.sources.parsing.record import Made, RecordError, make_article
from indexer.sources.parsing.reject import Reject

_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
_SITEMAP = re.compile(rb"<(?:urlset|sitemapindex)[\s>]")
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


def _read(opened: Opened, _reading: Reading) -> Iterator[Numbered]:
    """Yield an article, or a reject, for every entry.

    Raises:
        Refused: it is no feed, or declares entities, with which a small file can become a huge one.
    """
    import feedparser  # slow to import, and most builds read no feed

    content = opened.whole()
    if _ENTITY.search(content):
        raise Refused("declares entities of its own, which no feed needs")
    if _SITEMAP.search(opened.head):
        raise Refused("a sitemap: it lists pages and holds no articles")
    with parsing_with("feedparser"):
        feed = feedparser.parse(content)
    if not feed.entries:
        raise Refused("no feed with entries in it")
    for number, entry in enumerate(feed.entries, start=1):
        try:
            yield Numbered(number, _article(entry, feed.feed))
        except (RecordError, ParserFailed) as error:
            yield Numbered(number, Reject(opened.file.shown, number, str(error)))


def _article(entry: Any, feed: Any) -> Made:
    article_id = entry.get("id") or entry.get("link")
    if not article_id:
        raise RecordError("id: the entry has neither an id nor a link")
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    return make_article(
        article_id,
        fragment_lines(_body(entry)),
        title=" ".join(fragment_lines(entry.get("title") or "")),
        language=None,  # a feed's language is often its template's: the text tells
        published_at=timegm(moment) if moment else None,
        url=entry.get("link"),
        source=feed.get("title"),
        author=entry.get("author"),
        tags=[tag["term"] for tag in entry.get("tags", ()) if tag.get("term")],
    )


def _body(entry: Any) -> str:
    """Return the longest that an entry has: its content, or else its summary."""
    contents = [str(part.get("value") or "") for part in entry.get("content", ())]
    return max([*contents, str(entry.get("summary") or "")], key=len)


def _fits(head: bytes) -> bool:
    return _FEED.search(head) is not None or _SITEMAP.search(head) is not None


FORMAT = Format("feed", (".rss", ".atom", ".xml", ".rdf"), _fits, _read)
