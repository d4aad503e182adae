"""RSS and Atom feeds: one article an entry."""

import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from time import struct_time

from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.parsing.html_text import fragment_lines
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.parser_errors import parsing_with
from indexer.sources.parsing.record import ParsedArticle, RecordError, make_article
from indexer.sources.parsing.reject import UnreadableInput

_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
_SITEMAP = re.compile(rb"<(?:urlset|sitemapindex)[\s>]")
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


def _read(source: OpenInput, _options: ReadOptions) -> Iterator[FileItem]:
    """Yield an article, or a reject, for every entry.

    Raises:
        UnreadableInput: it is not a feed, or declares entities, which can expand a small file to a huge one.
    """
    import feedparser  # slow to import, and most builds read no feed

    content = source.read_all()
    if _ENTITY.search(content.replace(b"\0", b"")):  # UTF-16 has a zero in each letter of ASCII
        raise UnreadableInput("declares XML entities, which feeds do not need")
    if _SITEMAP.search(source.head):
        raise UnreadableInput("a sitemap: it lists pages and holds no articles")
    with parsing_with("feedparser"):
        feed = feedparser.parse(content)
    if not feed.entries:
        raise UnreadableInput("not a feed with entries")
    for number, entry in enumerate(feed.entries, start=1):
        yield article_or_reject(source.file.label, number, _article, entry, feed.feed)


def _article(entry: Mapping[str, object], feed: Mapping[str, object]) -> ParsedArticle:
    article_id = _text(entry, "id") or _text(entry, "link")
    if not article_id:
        raise RecordError("id: the entry has neither an id nor a link")
    texts = [_text(content, "value") or "" for content in _objects(entry, "content")] + [_text(entry, "summary") or ""]
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    return make_article(
        article_id,
        fragment_lines(max(texts, key=len)),
        title=" ".join(fragment_lines(_text(entry, "title") or "")),
        language=None,  # many feeds declare the language of their template: it is detected from the text
        published_at=timegm(moment) if isinstance(moment, struct_time) else None,
        url=_text(entry, "link"),
        source=_text(feed, "title"),
        author=_text(entry, "author"),
        tags=[term for tag in _objects(entry, "tags") if (term := _text(tag, "term"))],
    )


def _text(mapping: Mapping[str, object], name: str) -> str | None:
    value = mapping.get(name)
    return value if isinstance(value, str) else None


def _objects(mapping: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    values = mapping.get(name)
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, list) else []


FORMAT = Format(
    "feed", (".rss", ".atom", ".xml", ".rdf"), _read, lambda head: bool(_FEED.search(head) or _SITEMAP.search(head))
)
