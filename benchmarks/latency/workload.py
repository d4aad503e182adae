"""What is asked: real queries in several languages, shuffled once and taken in turns."""

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from urllib.parse import urlencode

import typer

from indexer.snapshot.text.language import detect_language

MAX_CHARS = 1_000
"""Longest query that the service takes; longer ones are left out."""

DEFAULT_QUERIES = 2_000
_SEED = 20260101


@dataclass(frozen=True, slots=True)
class AskedQuery:
    """A query, and the language that its file gives it or that it is detected to be in."""

    text: str
    language: str


def read_workload(files: Sequence[Path], limit: int = DEFAULT_QUERIES) -> list[AskedQuery]:
    """Return up to `limit` distinct queries of the files, in one seeded order, languages alternating.

    The files are JSON Lines, plain or gzipped, with a field `query` or else `title`, and perhaps
    `language`. Records without a text are passed over.
    """
    found = dict.fromkeys(query for path in files for query in _queries(path))
    return alternate(list(found), limit)


def alternate(queries: Sequence[AskedQuery], limit: int) -> list[AskedQuery]:
    """Shuffle the queries of each language with a fixed seed and deal them in turns.

    Where one language runs out, the others go on: all languages have equal shares only while
    each has queries left.
    """
    by_language: dict[str, list[AskedQuery]] = {}
    for query in queries:
        by_language.setdefault(query.language, []).append(query)
    generator = random.Random(_SEED)  # noqa: S311  # the same order every time
    decks = []
    for _, deck in sorted(by_language.items()):
        generator.shuffle(deck)
        decks.append(deck)
    dealt = (query for turn in zip_longest(*decks) for query in turn if query is not None)
    return [query for _, query in zip(range(limit), dealt, strict=False)]


def search_path(text: str, route: str = "/v1/search", parameter: str = "q", **others: str) -> str:
    """Return the path of a search, percent-encoded: the text in UTF-8, then other parameters."""
    return f"{route}?{urlencode({parameter: text, **others})}"


def write_paths(path: Path, paths: Sequence[str]) -> None:
    """Write request paths, one a line: percent-encoding leaves no line break inside of one."""
    path.write_text("".join(f"{line}\n" for line in paths), encoding="ascii")


def _queries(path: Path) -> Iterator[AskedQuery]:
    for record in _records(path):
        text = str(record.get("query") or record.get("title") or "").strip()
        if text and len(text) <= MAX_CHARS:
            yield AskedQuery(text, str(record.get("language") or detect_language(text)))


def _records(path: Path) -> Iterator[Mapping[str, object]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
            except ValueError as error:
                raise typer.BadParameter(f"{path}:{number} is not JSON: {error}") from error
            if isinstance(record, dict):
                yield record
