"""Dates as they come, in Arabic and English; what could be two dates is none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.parsing.dates import read_date


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
    ],
)
def test_dates_are_read_as_written(written: str | float, expected: str) -> None:
    assert read_date(written).text == expected


@pytest.mark.parametrize("written", ["03/04/2015", "٣/٤/٢٠١٥", "1.2.2015"])
def test_a_date_that_could_be_two_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="day first or the month first"):
        read_date(written)


@pytest.mark.parametrize(
    "written", ["yesterday", "أمس", "31/02/2015", "31 فبراير 2015", "2015-13-01", "", "12", 10**30, 1e308, "7 شهر 2015"]
)
def test_what_is_no_date_is_refused(written: str | float) -> None:
    with pytest.raises(ValueError, match=r"is no |day of the calendar"):
        read_date(written)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("9:30 PM", "is no date"),
        ("Mon, 5 May 2025 09:30:00 EEST", "time zone that khabar does not know, eest"),
        ("202504210930", "is no date"),
        (True, "is no date"),
        (10**400, "is no Unix time"),
        ("1 jan 99999999999999999999 00:00:00", "is no date"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(written: str | float, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_date(written)


@given(st.text(max_size=40) | st.floats() | st.integers())
def test_nothing_else_is_raised(written: str | float) -> None:
    with contextlib.suppress(ValueError):
        read_date(written)
