"""Hits as JSON Lines: one hit a line, as in the answer to a search."""

from collections.abc import Iterator

from pydantic import TypeAdapter

from indexer.snapshot.search.page import Hit
from search_api.formats.export_format import ExportedSearch, Parts

_HIT = TypeAdapter(Hit)


def write_jsonl(_search: ExportedSearch, parts: Parts) -> Iterator[bytes]:
    """Yield the lines of each part."""
    for hits in parts:
        yield b"".join(_HIT.dump_json(hit) + b"\n" for hit in hits)
