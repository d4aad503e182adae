"""Dates as feeds, pages and dumps write them; where one can be read in two ways, it is not read."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from indexer.snapshot.content.article import Published
from indexer.snapshot.text.normalisation import for_encoder

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 10**11
"""A Unix time as large is in milliseconds: in seconds it would be in the year 5138."""

# Three calendars' names of one year: those of Egypt, the Gulf and the Sudan; those of the Levant and Iraq;
# those of Tunisia and Algeria. Then Morocco's that differ, and English.
_MONTHS = (
    ("يناير", "كانون الثاني", "جانفي", "january", "jan"),
    ("فبراير", "شباط", "فيفري", "february", "feb"),
    ("مارس", "آذار", "مارس", "march", "mar"),
    ("أبريل", "نيسان", "أفريل", "ابريل", "april", "apr"),
    ("مايو", "أيار", "ماي", "may"),
    ("يونيو", "حزيران", "جوان", "june", "jun"),
    ("يوليو", "تموز", "جويلية", "يوليوز", "july", "jul"),
    ("أغسطس", "آب", "أوت", "غشت", "august", "aug"),
    ("سبتمبر", "أيلول", "شتنبر", "september", "sept", "sep"),
    ("أكتوبر", "تشرين الأول", "اكتوبر", "october", "oct"),
    ("نوفمبر", "تشرين الثاني", "نونبر", "november", "nov"),
    ("ديسمبر", "كانون الأول", "دجنبر", "december", "dec"),
)

# Alef with hamza or madda and bare alef are written for one another: أيلول, ايلول.
_ALEFS = str.maketrans("أإآٱ", "اااا")
_MONTH_OF = {name.translate(_ALEFS): month for month, names in enumerate(_MONTHS, start=1) for name in names}
_NAME = "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True))

_UNIX = re.compile(r"-?(?:\d{9,10}|\d{13})(?:\.\d+)?")
_NUMERIC = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_TIME = r"(?:(?:[ ,\-]*| at )(\d{1,2}):(\d{2})(?::\d{2})?(?: ?([ap])\.?m\.?)?)?"
_HALF_DAY = re.compile(r"\b[ap]\.?m\b|(?<=\d)[ap]m\b")
_NAMED_ZONE = re.compile(r"[a-z]{2,5}$")
_DAY_MONTH = re.compile(
    rf"(?:\w+[,،]? )?(\d{{1,2}})(?:st|nd|rd|th)?[ \-./]+({_NAME})(?:/\w+(?: \w+)?)?[,،]?[ \-./]+(\d{{4}}){_TIME}"
)
_MONTH_DAY = re.compile(rf"(?:\w+, )?({_NAME})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}")


def read_date(value: str | float) -> Published:
    """Return when something was published: ISO 8601, RFC 822, Unix time, or as people write dates.

    Digits and names of months may be Arabic. Without a zone it is in UTC.

    Raises:
        ValueError: it is no date, or could be two.
    """
    if isinstance(value, bool):
        raise ValueError(f"{value} is no date")
    if isinstance(value, int | float):
        return _unix(value, str(value)[:40])
    text = for_encoder(value).translate(_ALEFS).lower()
    try:
        return Published.parse(text.upper())
    except ValueError:
        pass
    if _UNIX.fullmatch(text):
        return _unix(float(text), value)
    if _HALF_DAY.search(text):  # which the reader of RFC 822 passes over
        return _written(text, value)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return _written(text, value)
    if moment.tzinfo is None and (zone := _NAMED_ZONE.search(text)):
        raise ValueError(f"{value!r} has a time zone that khabar does not know, {zone.group()}")
    return _moment(moment)


def _written(text: str, value: str) -> Published:
    """Return a date in words or numbers, day first or year first."""
    if match := _DAY_MONTH.fullmatch(text):
        day, name, year, *time = match.groups()
        return _civil(value, int(year), _MONTH_OF[name], int(day), *time)
    if match := _MONTH_DAY.fullmatch(text):
        name, day, year, *time = match.groups()
        return _civil(value, int(year), _MONTH_OF[name], int(day), *time)
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
        return _civil(value, int(year), int(month), int(day))
    if match := _NUMERIC.fullmatch(text):
        first, second, year, hour, minute, _ = match.groups()
        if first != second and int(first) <= 12 and int(second) <= 12:
            raise ValueError(f"{value!r} can be read with the day first or the month first")
        day, month = (first, second) if int(second) <= 12 else (second, first)
        return _civil(value, int(year), int(month), int(day), hour, minute)
    raise ValueError(f"{value!r} is no date that khabar can read, such as 2025-04-21T09:30:00Z")


def _civil(
    value: str,
    year: int,
    month: int,
    day: int,
    hour: str | None = None,
    minute: str | None = None,
    half: str | None = None,
) -> Published:
    """Return a day, or a moment of it; `half` is "a" before noon and "p" after it, on a clock of twelve hours."""
    try:
        if hour is None or minute is None:
            return Published.parse(date(year, month, day).isoformat())
        hours = int(hour) if half is None else int(hour) % 12 + (12 if half == "p" else 0)
        return _moment(datetime(year, month, day, hours, int(minute), tzinfo=UTC))
    except ValueError as error:
        raise ValueError(f"{value!r} is no day of the calendar") from error


def _unix(seconds: float, value: str) -> Published:
    try:
        if abs(seconds) >= _MILLISECONDS_FROM:
            seconds /= 1000
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{value} is no Unix time") from error
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError(f"{value} is no Unix time of the last hundred years")
    return _moment(moment)


def _moment(moment: datetime) -> Published:
    return Published.parse(moment.isoformat())
