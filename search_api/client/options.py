"""The options of a search as Python has them, and as requests have them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypedDict

WireValue = str | int | float
"""A value of a parameter in a request."""

Names = str | Sequence[str]
"""A comma list as the service reads it, or the names one by one."""

Moment = str | date
"""A day or a moment, ISO 8601; a datetime is a date too."""


class SearchOptions(TypedDict, total=False):
    """The parameters of a search besides what it is for and the format; docs/http.md says what they mean.

    What is left out, or None, is as the service has it by default.
    """

    k: int | None
    offset: int | None
    language: Names | None
    query_language: str | None
    source: Names | None
    tag: Names | None
    author: Names | None
    published_from: Moment | None
    published_to: Moment | None
    since: str | None
    facets: Names | None
    index_version: str | None
    mode: str | None
    group: str | None
    sort: str | None
    half_life_days: float | None
    paragraphs: int | None
    highlight: bool | None
    require_complete: bool | None


class BatchSearch(SearchOptions, total=False):
    """One search of a batch: its options, and what it is for, either a query or a text."""

    q: str
    like: str


def wire_values(options: Mapping[str, object]) -> dict[str, WireValue]:
    """Return options as a request has them: lists as comma lists, dates as text, and nothing for None."""
    return {name: _wire_value(value) for name, value in options.items() if value is not None}


def _wire_value(value: object) -> WireValue:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence):
        return ",".join(_listed(str(name)) for name in value)
    raise TypeError(f"{value!r} is no value of a parameter")


def _listed(name: str) -> str:
    """Return a name as it stands in a comma list: in double quotes if it has a comma or a quote; a dash excludes it."""
    dash, bare = ("-", name[1:]) if name.startswith("-") else ("", name)
    if "," not in bare and '"' not in bare:
        return name
    return dash + '"' + bare.replace('"', '""') + '"'
