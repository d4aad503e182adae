"""The time of day at which a page was published, which trafilatura leaves out: it returns the day."""

import json
import re
from collections.abc import Iterator

from lxml.html import HtmlElement

# Names of `meta` elements and of keys, in lower case: Open Graph, schema.org, Dublin Core, and what publishers use.
_NAMES = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "cxenseparse:publishtime",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "dcterms.created",
    "dc.date.issued",
    "date.available",
    "date",
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s?(Z|[+-]\d\d:?\d\d)", re.IGNORECASE)
_MIDNIGHT = re.compile(r"00:00(?::00)?")


def publication_time(page: HtmlElement, day: str) -> str:
    """Return ISO 8601 with the time of day and its zone, if the page says when on `day` it was published; else `day`.

    Midnight is a day for which no time was known. A time without a zone could be hours off, so it is not used.
    """
    stated = list(_stated(page))
    for name in _NAMES:
        for own_name, value in stated:
            time = _TIME.match(value.strip()) if own_name == name else None
            if time and time.group(1) == day and not _MIDNIGHT.fullmatch(time.group(2)):
                return f"{time.group(1)}T{time.group(2)}{time.group(3).upper()}"
    return day


def _stated(page: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield what the page states about itself: names in lower case, and values."""
    for meta in page.iter("meta"):
        for attribute in ("property", "name", "itemprop"):
            if name := meta.get(attribute):
                yield name.lower(), meta.get("content", "")
    for time in page.iter("time"):
        if time.get("pubdate") is not None or time.get("itemprop", "").lower() == "datepublished":
            yield "datepublished", time.get("datetime", "")
    for script in page.iter("script"):
        if script.get("type") == "application/ld+json":
            yield from _json_values(script.text or "")


def _json_values(text: str) -> Iterator[tuple[str, str]]:
    """Yield the date of the articles in linked data, wherever it is in the objects."""
    try:
        pending = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            pending += value.values()
            if isinstance(date := value.get("datePublished"), str):
                yield "datepublished", date
