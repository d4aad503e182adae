"""Publication dates in the forms that feeds, pages and dumps use; an ambiguous date is not guessed."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from dateparser.date import DateDataParser

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.text.normalisation import for_encoder
from indexer.sources.parsing.date_order import DateOrder
from indexer.sources.parsing.parser_errors import parsing_with


@dataclass(frozen=True, slots=True)
class DateReading:
    """What a date says, or the `problem` why it says nothing certain.

    `shows` is the order that its own numbers prove: 21/07/2015 has the day first. `choices` are the readings of an
    ambiguous date, by order.
    """

    published: PublicationTime | None = None
    problem: str | None = None
    shows: DateOrder | None = None
    choices: Mapping[DateOrder, PublicationTime] = field(default_factory=dict)


class _AmbiguousDate(ValueError):
    def __init__(self, message: str, choices: Mapping[DateOrder, PublicationTime]) -> None:
        super().__init__(message)
        self.choices = choices


_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 10**11
"""A Unix time from here on is in milliseconds: in seconds it would be in the year 5138."""

# The Egyptian name of each month, which dateparser knows, and the names that it does not know: those of the Levant
# and Iraq, then of Tunisia and Algeria, then of Morocco, as far as they differ.
_MONTH_NAMES = {
    "يناير": ("كانون الثاني", "جانفي"),
    "فبراير": ("شباط", "فيفري"),
    "مارس": ("آذار",),
    "أبريل": ("نيسان", "أفريل"),
    "مايو": ("أيار", "ماي"),
    "يونيو": ("حزيران", "جوان"),
    "يوليو": ("تموز", "جويلية", "يوليوز"),
    "أغسطس": ("آب", "أوت", "غشت"),
    "سبتمبر": ("أيلول", "شتنبر"),
    "أكتوبر": ("تشرين الأول",),
    "نوفمبر": ("تشرين الثاني", "نونبر"),
    "ديسمبر": ("كانون الأول", "دجنبر"),
}
# Alef with hamza or madda and bare alef are written for one another: أيلول, ايلول.
_ALEFS = str.maketrans("أإآٱ", "اااا")
_EGYPTIAN_NAME = {
    name.translate(_ALEFS): egyptian for egyptian, others in _MONTH_NAMES.items() for name in (egyptian, *others)
}
_ANY_NAME = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _EGYPTIAN_NAME))})(?!\w)")
_SAME_NAME_TWICE = re.compile(
    r"(?<![^\W\d])([^\W\d]+) ?/ ?\1(?!\w)"
)  # "تموز/يوليو": many papers give both names of a month

_UNIX_TIME = re.compile(r"-?(?:\d{9,10}|\d{13})(?:\.\d+)?")
_HALF_DAY = re.compile(r"\b[ap]\.?m\b|(?<=\d)[ap]m\b")
_KNOWN_ZONE = re.compile(r"UTC.*|GMT|Z")
_DAY_AND_MONTH = re.compile(r"(?<![\d/.-])(\d{1,2}) ?[/.-] ?(\d{1,2}) ?[/.-] ?\d{4}(?!\d)")
_MAX_CHARS = 100
_MONTHS = 12

# Each reads dates in one order of day, month and year only, so that two results mean an ambiguous date.
# Earlier dates must not change how a later one is read, and "yesterday" depends on when the build runs.
_PARSERS = {
    order: DateDataParser(
        languages=["en", "ar", "fr"],
        try_previous_locales=False,
        use_given_order=True,
        settings={
            "DATE_ORDER": parts,
            "STRICT_DATE_ORDER": "all",
            "PREFER_LOCALE_DATE_ORDER": False,
            "STRICT_PARSING": True,
            "PARSERS": ["absolute-time"],
            "RETURN_TIME_AS_PERIOD": True,
            "SKIP_TOKENS": ["t", "published", "updated", "يوم"],  # "on the day", before the name of a weekday
        },
    )
    for order, parts in ((DateOrder.DAY_FIRST, "DMY"), (DateOrder.MONTH_FIRST, "MDY"), (DateOrder.ISO, "YMD"))
}


def read_date(value: object) -> DateReading:
    """Read a publication date: ISO 8601, RFC 822, Unix time, or numbers and words in English, Arabic or French.

    Digits may be Arabic-Indic or Persian. A date without a time zone is in UTC. A date that is not complete, is
    ambiguous, or has an unknown time zone is not read.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return DateReading(problem=f"{str(value)[:_MAX_CHARS]} is not a date")
    try:
        if not isinstance(value, str):
            return DateReading(_read_unix_time(value, str(value)[:40]))
        text = for_encoder(value).translate(_ALEFS).lower()
        return DateReading(_read_text(text, value), shows=_shown_order(text))
    except _AmbiguousDate as error:
        return DateReading(problem=str(error), choices=error.choices)
    except ValueError as error:
        return DateReading(problem=str(error))


def _shown_order(text: str) -> DateOrder | None:
    numbers = _DAY_AND_MONTH.search(text)
    if numbers is None:
        return None
    first, second = map(int, numbers.groups())
    if first > _MONTHS:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if second > _MONTHS else None


def _read_text(text: str, value: str) -> PublicationTime:
    """Return the date that the normalised `text` of `value` says.

    Raises:
        ValueError: it cannot be read; _AmbiguousDate if it can in several ways.
    """
    if len(text) > _MAX_CHARS:
        raise ValueError(f"{value[:_MAX_CHARS]!r}… is not a date")
    with suppress(ValueError):
        return PublicationTime.parse(text.upper())
    if _UNIX_TIME.fullmatch(text):
        return _read_unix_time(float(text), value)
    if not _HALF_DAY.search(text):  # parsedate_to_datetime ignores "PM"
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            moment = parsedate_to_datetime(text)
            if moment.tzinfo is not None or not text[-1].isalpha():  # else it ends in a time zone that it does not know
                return _publication_time(moment)
    return _read_words(text, value)


@lru_cache(maxsize=4096)  # dateparser needs about a millisecond, and many articles have the date of one day
def _read_words(text: str, value: str) -> PublicationTime:
    """Return a date in words or numbers, in whatever order they are, if only one order is possible."""
    egyptian = _SAME_NAME_TWICE.sub(r"\1", _ANY_NAME.sub(lambda match: _EGYPTIAN_NAME[match.group()], text))
    readings: dict[datetime, tuple[DateOrder, str | None]] = {}
    for order, parser in _PARSERS.items():
        with parsing_with("dateparser"):
            result = parser.get_date_data(egyptian)
        if result.date_obj is not None and f"{result.date_obj.year:04}" in text:  # a year of two digits is too little
            readings.setdefault(result.date_obj, (order, result.period))
            if result.date_obj.day > _MONTHS:  # no other order is possible
                break
    if not readings:
        raise ValueError(f"{value!r} is not a date that can be read, such as 2025-04-21T09:30:00Z")
    if len(readings) > 1:
        raise _AmbiguousDate(
            f"{value!r} is ambiguous: its numbers can be read as day, month and year in several orders; "
            "--dates says which",
            {order: _to_period(moment, period, value) for moment, (order, period) in readings.items()},
        )
    [(moment, (_, period))] = readings.items()
    return _to_period(moment, period, value)


def _to_period(moment: datetime, period: str | None, value: str) -> PublicationTime:
    zone = moment.tzname()
    if zone is not None and not _KNOWN_ZONE.fullmatch(zone):  # its offset depends on the country and the season
        raise ValueError(f"{value!r} has the time zone {zone}, whose offset from UTC is not known")
    return _publication_time(moment) if period == "time" else PublicationTime.parse(moment.date().isoformat())


def _read_unix_time(seconds: float, value: str) -> PublicationTime:
    with suppress(ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= _MILLISECONDS_FROM else seconds, UTC)
        if _EARLIEST <= moment < _LATEST:
            return _publication_time(moment)
    raise ValueError(f"{value} is not a Unix time between 1900 and 2100")


def _publication_time(moment: datetime) -> PublicationTime:
    return PublicationTime.parse(moment.isoformat())
