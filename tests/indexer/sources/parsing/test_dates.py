"""Dates in the forms that sources use, in Arabic, English and French; an ambiguous date is not guessed."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import PublicationTime
from indexer.sources.parsing import dates
from indexer.sources.parsing.date_order import DateOrder


def read_date(written: object) -> PublicationTime:
    reading = dates.read_date(written)
    if reading.published is None:
        raise ValueError(reading.problem)
    return reading.published


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2015-07-21", "2015-07-21"),
        ("2015-07-21T09:30:00+03:00", "2015-07-21T06:30:00Z"),
        ("2015-07-21 09:30", "2015-07-21T09:30:00Z"),
        ("٢٠١٥-٠٧-٢١", "2015-07-21"),  # the same in Arabic-Indic digits
        ("۲۰۱۵-۰۷-۲۱", "2015-07-21"),  # and in Persian ones
        ("Tue, 21 Jul 2015 09:30:00 GMT", "2015-07-21T09:30:00Z"),
        ("Tue, 21 Jul 2015 09:30:00 +0300", "2015-07-21T06:30:00Z"),
        (1437471000, "2015-07-21T09:30:00Z"),
        (1437471000000, "2015-07-21T09:30:00Z"),
        ("1437471000", "2015-07-21T09:30:00Z"),
        ("1437471000.5", "2015-07-21T09:30:00Z"),
        ("21/07/2015", "2015-07-21"),
        ("07/21/2015", "2015-07-21"),
        ("٢١/٠٧/٢٠١٥", "2015-07-21"),
        ("07/07/2015", "2015-07-07"),
        ("21.07.2015 09:30", "2015-07-21T09:30:00Z"),
        ("2015/07/21", "2015-07-21"),
        ("July 21, 2015", "2015-07-21"),
        ("Tuesday, July 21st, 2015", "2015-07-21"),
        ("21 July 2015", "2015-07-21"),
        ("July 21, 2015 9:30 PM", "2015-07-21T21:30:00Z"),
        ("21 July 2015, 12:05 a.m.", "2015-07-21T00:05:00Z"),
        ("21 July 2015 at 12:05pm", "2015-07-21T12:05:00Z"),
        ("21 Sept 2015", "2015-09-21"),
        ("21 يوليو 2015", "2015-07-21"),  # July in Egypt and the Gulf
        ("الثلاثاء 21 تموز 2015", "2015-07-21"),  # Tuesday, and July in the Levant
        ("الثلاثاء، 21 تموز/يوليو 2015", "2015-07-21"),  # both names
        ("٢١ جويلية ٢٠١٥", "2015-07-21"),  # July in Tunisia and Algeria
        ("21 يوليوز 2015", "2015-07-21"),  # and in Morocco
        ("5 كانون الثاني 2015", "2015-01-05"),  # January, two words
        ("5 تشرين الأول 2015 - 14:05", "2015-10-05T14:05:00Z"),
        ("5 ايلول 2015", "2015-09-05"),  # September, written without its hamza
        ("3 آذار 2015", "2015-03-03"),
        ("3 اذار 2015", "2015-03-03"),
        ("يوم الإثنين 3 آذار / مارس 2015 الساعة 9:30 مساء", "2015-03-03T21:30:00Z"),  # "on Monday", "at 9:30 pm"
        ("13/07/2015 9:30 ص", "2015-07-13T09:30:00Z"),  # in the morning
        ("7/7/2015", "2015-07-07"),
        ("2015-7-3", "2015-07-03"),
        ("21/07/2015 14:05:33", "2015-07-21T14:05:33Z"),
        ("July 21, 2015 9:30 PM +0300", "2015-07-21T18:30:00Z"),
        ("July 21, 2015 9:30 PM GMT", "2015-07-21T21:30:00Z"),
        ("Published 21 July 2015", "2015-07-21"),
        ("mardi 21 juillet 2015", "2015-07-21"),
        ("le 3 août 2015 à 14h05", "2015-08-03T14:05:00Z"),
    ],
)
def test_dates_are_read_as_written(written: str | float, expected: str) -> None:
    assert read_date(written).text == expected


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ("21/07/2015", DateOrder.DAY_FIRST),
        ("٢١ / ٧ / ٢٠١٥ 09:30", DateOrder.DAY_FIRST),
        ("07/21/2015", DateOrder.MONTH_FIRST),
        ("07.21.2015", DateOrder.MONTH_FIRST),
        ("05/05/2015", None),  # the same day in both orders
        ("2015/07/21", None),
        ("July 21, 2015", None),
        ("1437000000", None),
    ],
)
def test_a_certain_date_shows_the_order_of_its_numbers(written: str, order: DateOrder | None) -> None:
    reading = dates.read_date(written)
    assert reading.published is not None
    assert (reading.shows, reading.choices) == (order, {})


@pytest.mark.parametrize("written", ["05/07/2015 09:30", "5/7/2015 09:30", "٥.٧.٢٠١٥ 09:30"])
def test_an_ambiguous_date_has_a_reading_for_each_order(written: str) -> None:
    reading = dates.read_date(written)
    assert (reading.published, reading.shows) == (None, None)
    assert {order: published.text for order, published in reading.choices.items()} == {
        DateOrder.DAY_FIRST: "2015-07-05T09:30:00Z",
        DateOrder.MONTH_FIRST: "2015-05-07T09:30:00Z",
    }


@pytest.mark.parametrize("written", ["03/04/2015", "٣/٤/٢٠١٥", "1.2.2015", "3 / 4 / 2015 09:30", "12/2015/11"])
def test_an_ambiguous_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is ambiguous"):
        read_date(written)


@pytest.mark.parametrize(
    "written",
    [
        "yesterday",
        "أمس",  # yesterday
        "hier",
        "3 days ago",
        "next Friday",
        "May 2015",
        "2015-07",
        "21 July",
        "21/07/15",
        "21 July 99",
        "31/02/2015",
        "31 فبراير 2015",  # 31 February
        "29 February 2015",
        "2015-13-01",
        "2015/21/07",
        "",
        "12",
        10**30,
        1e308,
        "7 شهر 2015",  # the 7th of a month 2015
        "5 رجب 1436 هـ",  # a month of the Islamic calendar
        "5/10/1436 هـ",
        "21 تموز/حزيران 2015",  # July/June
        "21 July 2015 and 22 July 2015",
        "3 May 2015 " * 20,
    ],
)
def test_an_invalid_date_is_refused(written: str | float) -> None:
    with pytest.raises(ValueError, match="is not a "):
        read_date(written)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("9:30 PM", "is not a date"),
        ("Mon, 5 May 2025 09:30:00 EEST", "time zone EEST, whose offset from UTC is not known"),
        ("July 21, 2015 9:30 AM ET", "time zone ET, whose"),
        ("202504210930", "is not a date"),
        (True, "is not a date"),
        (["2015-03-03"], "is not a date"),
        (10**400, "is not a Unix time"),
        ("1 jan 99999999999999999999 00:00:00", "is not a date"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(written: str | float, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_date(written)


def test_a_date_is_read_the_same_whatever_was_read_before() -> None:
    dates = ["3 mars 2015", "3 مارس 2015", "March 3, 2015", "3.3.2015"]
    assert [read_date(written).text for written in dates + dates[::-1]] == ["2015-03-03"] * 8


@given(day=st.dates(min_value=date(1000, 1, 1)), form=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d"]))
def test_a_numeric_date_is_never_misread(day: date, form: str) -> None:
    written = day.strftime(form)
    if form != "%Y/%m/%d" and day.day <= 12 and day.day != day.month:
        with pytest.raises(ValueError, match="is ambiguous"):
            read_date(written)
    else:
        assert read_date(written).text == day.isoformat()


@given(st.text(max_size=40) | st.floats() | st.integers())
def test_nothing_else_is_raised(written: str | float) -> None:
    with contextlib.suppress(ValueError):
        read_date(written)
