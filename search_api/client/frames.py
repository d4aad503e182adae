"""Hits as a table of pandas or polars."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from indexer.snapshot.search.page import Hit
from search_api.schemas.search import SearchResponse

Library = Literal["pandas", "polars"]

_COLUMNS: Mapping[str, Callable[[Hit], object]] = {
    "rank": lambda hit: hit.rank,
    "relevance": lambda hit: hit.relevance,
    "score": lambda hit: hit.score,
    "language": lambda hit: hit.paragraph.language,
    "published_at": lambda hit: hit.article.published_at,
    "source": lambda hit: hit.article.source,
    "title": lambda hit: hit.article.title,
    "section": lambda hit: hit.paragraph.section,
    "text": lambda hit: hit.paragraph.text,
    "url": lambda hit: hit.article.url,
    "article_id": lambda hit: hit.article.id,
    "paragraph_id": lambda hit: hit.paragraph.id,
    "duplicate_count": lambda hit: hit.duplicate_count,
    "position": lambda hit: hit.paragraph.position,
    "article_language": lambda hit: hit.article.language,
    "matching_paragraphs": lambda hit: hit.matching_paragraphs,
}
"""The columns of the service's CSV, and more."""

_LIBRARIES: tuple[Library, ...] = ("pandas", "polars")


def to_dataframe(hits: SearchResponse | Iterable[Hit], library: Library | None = None) -> Any:
    """Return a DataFrame with a row for each hit, from an answer or from hits.

    `library` is by default pandas, or polars if pandas is not installed.

    Raises:
        ImportError: the library is not installed, or neither is.
    """
    rows = list(hits.hits if isinstance(hits, SearchResponse) else hits)
    columns = {name: [value_of(hit) for hit in rows] for name, value_of in _COLUMNS.items()}
    return _import(library).DataFrame(columns)


def _import(library: Library | None) -> Any:
    wanted = _LIBRARIES if library is None else (library,)
    for name in wanted:
        if find_spec(name) is not None:
            return import_module(name)
    raise ImportError(f"to_dataframe needs {' or '.join(wanted)}: pip install {wanted[0]}")
