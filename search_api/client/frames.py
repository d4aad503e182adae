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
    "score": lambda hit: hit.score,
    "relevance": lambda hit: hit.relevance,
    "article_id": lambda hit: hit.article.id,
    "title": lambda hit: hit.article.title,
    "source": lambda hit: hit.article.source,
    "url": lambda hit: hit.article.url,
    "published_at": lambda hit: hit.article.published_at,
    "article_language": lambda hit: hit.article.language,
    "paragraph_id": lambda hit: hit.paragraph.id,
    "position": lambda hit: hit.paragraph.position,
    "section": lambda hit: hit.paragraph.section,
    "text": lambda hit: hit.paragraph.text,
    "paragraph_language": lambda hit: hit.paragraph.language,
    "matching_paragraphs": lambda hit: hit.matching_paragraphs,
    "duplicate_count": lambda hit: hit.duplicate_count,
}

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
