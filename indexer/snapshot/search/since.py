"""Time spans that end now: `7d`, `24h`, `3w`."""

import re
from datetime import UTC, datetime, timedelta

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.text.utc import utc_text

_SPAN = re.compile("([1-9][0-9]{0,3})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def read_span(text: str) -> timedelta:
    """Read a number from 1 to 9999 and its unit: h for hours, d for days of 24 hours, w for weeks.

    Raises:
        ValueError: the text is something else.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a number of hours, days or weeks such as 24h, 7d or 3w")
    return int(found[1]) * _UNITS[found[2]]


def beginning(span: timedelta, now: datetime) -> PublicationTime:
    """Return the moment at which a span begins that ends now.

    It is rounded down, to the full hour for a day or more and to the full minute for less: the filters of requests that
    come soon after each other are then equal, and their masks are computed once.
    """
    begin = (now - span).astimezone(UTC)
    begin = begin.replace(second=0, microsecond=0)
    if span >= timedelta(days=1):
        begin = begin.replace(minute=0)
    return PublicationTime(utc_text(begin), int(begin.timestamp()))
