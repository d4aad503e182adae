"""Hits and alerts as a table of pandas or polars."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from indexer.snapshot.format.alerts import StoredAlert
from indexer.snapshot.search.page import Hit
from search_api.schemas.alerts import AlertsResponse
from search_api.schemas.search import SearchResponse

Library = Literal["pandas", "polars"]

_Columns = Mapping[str, Callable[[Any], object]]

_PARAGRAPH: _Columns = {
    "rank": lambda row: row.rank,
    "relevance": lambda row: row.relevance,
    "score": lambda row: row.score,
    "language": lambda row: row.paragraph.language,
    "published_at": lambda row: row.article.published_at,
    "source": lambda row: row.article.source,
    "title": lambda row: row.article.title,
    "section": lambda row: row.paragraph.section,
    "text": lambda row: row.paragraph.text,
    "url": lambda row: row.article.url,
    "article_id": lambda row: row.article.id,
    "paragraph_id": lambda row: row.paragraph.id,
}
"""What hits and alerts have alike."""

_PLACE: _Columns = {
    "position": lambda row: row.paragraph.position,
    "article_language": lambda row: row.article.language,
}

_OF_HITS: _Columns = {
    **_PARAGRAPH,
    "duplicate_count": lambda hit: hit.duplicate_count,
    **_PLACE,
    "matching_paragraphs": lambda hit: hit.matching_paragraphs,
}
"""The columns of the service's CSV, and more."""

_OF_ALERTS: _Columns = {
    "saved_search": lambda alert: alert.saved_search,
    "found_at": lambda alert: alert.found_at,
    **_PARAGRAPH,
    **_PLACE,
    "query": lambda alert: alert.query,
    "number": lambda alert: alert.number,
    "version": lambda alert: alert.version,
    "since": lambda alert: alert.since,
}

_LIBRARIES: tuple[Library, ...] = ("pandas", "polars")

_WRONG_ROW = "to_dataframe takes an answer to a search, a page of alerts, or a list of hits or of alerts, not {}"


def to_dataframe(
    rows: SearchResponse | AlertsResponse | Iterable[Hit] | Iterable[StoredAlert], library: Library | None = None
) -> Any:
    """Return a DataFrame with a row for each hit or alert, from an answer or from a list of them.

    `library` is by default pandas, or polars if pandas is not installed. A list without any has the columns of hits.

    Raises:
        ImportError: the library is not installed, or neither is.
        TypeError: a row is neither a hit nor an alert, or there are both.
    """
    listed = list(_rows(rows))
    columns = _OF_ALERTS if isinstance(rows, AlertsResponse) else _columns(listed)
    return _import(library).DataFrame({name: [value_of(row) for row in listed] for name, value_of in columns.items()})


def _rows(rows: object) -> Iterable[object]:
    if isinstance(rows, SearchResponse):
        return rows.hits
    if isinstance(rows, AlertsResponse):
        return rows.alerts
    if isinstance(rows, Iterable):
        return rows
    raise TypeError(_WRONG_ROW.format(type(rows).__name__))


def _columns(rows: Sequence[object]) -> _Columns:
    kinds = {type(row) for row in rows} or {Hit}
    for kind, columns in ((Hit, _OF_HITS), (StoredAlert, _OF_ALERTS)):
        if kinds == {kind}:
            return columns
    raise TypeError(_WRONG_ROW.format(", ".join(sorted(kind.__name__ for kind in kinds))))


def _import(library: Library | None) -> Any:
    wanted = _LIBRARIES if library is None else (library,)
    for name in wanted:
        if find_spec(name) is not None:
            return import_module(name)
    raise ImportError(f"to_dataframe needs {' or '.join(wanted)}: pip install {wanted[0]}")
