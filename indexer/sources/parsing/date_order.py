"""The orders of day and month in dates that are written in numbers."""

from enum import StrEnum


class DateOrder(StrEnum):
    """How the day and the month of dates in numbers follow one another; `ISO`: only the year first is certain."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    ISO = "iso"
