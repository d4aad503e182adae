"""JSON documents: a list of article records, one record, or a JSON feed (jsonfeed.org)."""

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence

from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.formats.jsonl import read_lines
from indexer.sources.parsing.html_text import fragment_lines
from indexer.sources.parsing.json_text import InvalidJson, parse_json
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.record import article_from_record

_FEED_VERSION = "jsonfeed.org/version/"


def _read(source: OpenInput, options: ReadOptions) -> Iterator[FileItem]:
    """Yield an article, or a reject, for every record.

    Raises:
        UnreadableInput: it is neither a JSON document nor JSON Lines.
    """
    content = source.read_all().removeprefix(BOM_UTF8)
    try:
        document = parse_json(content)
    except InvalidJson:
        if not _is_json_lines(content):  # some JSON Lines files have the suffix of a document
            raise
        yield from read_lines(enumerate(content.splitlines(), start=1), source.file.label, options)
        return
    for number, record in enumerate(_records(document), start=1):
        yield article_or_reject(source.file.label, number, article_from_record, record, options.fields)


def _is_json_lines(content: bytes) -> bool:
    """Return whether the first line by itself is a JSON object, and there are more lines."""
    first, _, rest = content.partition(b"\n")
    try:
        return bool(rest.strip()) and isinstance(parse_json(first), dict)
    except InvalidJson:
        return False


def _records(document: object) -> Sequence[object]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and _FEED_VERSION in str(document.get("version")):
        items = document.get("items")
        return [_record_of_feed_item(item, document) for item in items] if isinstance(items, list) else []
    return [document]


def _record_of_feed_item(item: object, feed: Mapping[str, object]) -> object:
    """Return an item of a JSON feed as an article record."""
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


FORMAT = Format("json", (".json",), _read, lambda head: head.removeprefix(BOM_UTF8).lstrip()[:1] in (b"[", b"{"))
