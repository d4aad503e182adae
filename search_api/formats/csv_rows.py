"""Hits as CSV (RFC 4180) for spreadsheets: UTF-8 with a byte order mark, without which Excel garbles Arabic."""

import csv
import io
from collections.abc import Iterator

from indexer.snapshot.search.page import Hit
from search_api.formats.export_format import ExportedSearch, Parts

COLUMNS = (
    "rank",
    "relevance",
    "score",
    "language",
    "published_at",
    "source",
    "title",
    "section",
    "text",
    "url",
    "article_id",
    "paragraph_id",
    "duplicate_count",
)

_BYTE_ORDER_MARK = "\ufeff"

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these a cell begins that spreadsheets may run as a formula (OWASP, "CSV Injection"), also as wide characters."""

_NO_CONTROL_CHARACTERS = dict.fromkeys(number for number in range(32) if chr(number) not in "\t\r\n")


def write_csv(_search: ExportedSearch, parts: Parts) -> Iterator[bytes]:
    """Yield the names of the columns, and then the rows of each part."""
    yield (_BYTE_ORDER_MARK + _lines([COLUMNS])).encode()
    for hits in parts:
        yield _lines([_row(hit) for hit in hits]).encode()


def _lines(rows: list[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _row(hit: Hit) -> tuple[object, ...]:
    article, paragraph = hit.article, hit.paragraph
    texts = (
        paragraph.language,
        article.published_at,
        article.source,
        article.title,
        paragraph.section,
        paragraph.text,
        article.url,
        article.id,
        paragraph.id,
    )
    return hit.rank, hit.relevance, hit.score, *map(_cell, texts), hit.duplicate_count


def _cell(text: str | None) -> str:
    """Return a text as spreadsheets show it: no control characters, and an apostrophe before what is no formula."""
    shown = (text or "").translate(_NO_CONTROL_CHARACTERS)
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA_SIGNS) else shown
