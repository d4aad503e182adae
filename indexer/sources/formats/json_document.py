"""One JSON document: a list of article records, one record, or a JSON feed (jsonfeed.org)."""

from collections.abc import Iterator
from typing import Any

from indexer.sources.formats.format import Format, Numbered, Reading, item_of
from indexer.sources.formats.jsonl import read_lines
from indexer.sources.parsing.html_text import fragment_lines
from indexer.sources.parsing.json_text import NotJson, parse_json
from indexer.sources.parsing.opened import Opened
from indexer.sources.parsing.reject import Reject

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FEED_VERSION = "jsonfeed.org/version/"


def _read(opened: Opened, reading: Reading) -> Iterator[Numbered]:
    file, content = opened.file.shown, opened.whole().removeprefix(_BYTE_ORDER_MARK)
    try:
        document = parse_json(content)
    except NotJson as error:
        if _fits_lines(content):  # JSON Lines under the name of a document
            yield from read_lines(enumerate(content.splitlines(), start=1), file, reading)
        else:
            yield Numbered(None, Reject(file, None, str(error)))
        return
    for number, record in enumerate(_records(document), start=1):
        yield Numbered(number, item_of(record, file, number, reading))


def _fits_lines(content: bytes) -> bool:
    """Whether the first line alone is a JSON object, and there are more."""
    first, _, rest = content.partition(b"\n")
    try:
        return bool(rest.strip()) and isinstance(parse_json(first), dict)
    except NotJson:
        return False


def _records(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and _FEED_VERSION in str(document.get("version")):
        items = document.get("items")
        return [_from_feed(item, document) for item in items] if isinstance(items, list) else []
    return [document]


def _from_feed(item: Any, feed: dict[str, Any]) -> Any:
    """Return a feed's item as an article record."""
    if not isinstance(item, dict):
        return item
    html, text = item.get("content_html"), item.get("content_text") or item.get("summary")
    authors = item.get("authors") or [item.get("author")]
    names = [str(author["name"]) for author in authors if isinstance(author, dict) and author.get("name")]
    record = {
        "id": item.get("id") or item.get("url"),
        "text": "\n".join(fragment_lines(html)) if isinstance(html, str) else text,
        "title": item.get("title"),
        "url": item.get("url"),
        "source": feed.get("title"),
        "language": item.get("language") or feed.get("language"),
        "published_at": item.get("date_published"),
        "author": ", ".join(names) or None,
        "tags": item.get("tags"),
    }
    return {name: value for name, value in record.items() if value is not None}


def _fits(head: bytes) -> bool:
    return head.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] in (b"[", b"{")


FORMAT = Format("json", (".json",), _fits, _read)
