"""The queries of a load: real ones in several languages, shuffled once, with languages alternating."""

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
"""Longest query that the service accepts; longer ones are left out."""

DEFAULT_QUERIES = 2_000
_SEED = 20260101


@dataclass(frozen=True, slots=True)
class WorkloadQuery:
    """A query, and its language as the file states it or as it was detected."""

    text: str
    language: str


def read_workload(files: Sequence[Path], limit: int = DEFAULT_QUERIES) -> list[WorkloadQuery]:
    """Return up to `limit` different queries of the files in a seeded order, with languages alternating.

    The files are JSON Lines, plain or gzipped, with a field `query` or otherwise `title`, and optionally
    `language`. Records without a text are left out.
    """
    queries = dict.fromkeys(query for path in files for query in _queries(path))
    return alternate(list(queries), limit)


def alternate(queries: Sequence[WorkloadQuery], limit: int) -> list[WorkloadQuery]:
    """Shuffle the queries of each language with a fixed seed and take them from the languages in turns.

    When a language has no queries left, the others go on, so languages have equal shares only while
    each has queries left.
    """
    by_language: dict[str, list[WorkloadQuery]] = {}
    for query in queries:
        by_language.setdefault(query.language, []).append(query)
    generator = random.Random(_SEED)  # noqa: S311  # not a secret; the order must be repeatable
    shuffled = []
    for _, group in sorted(by_language.items()):
        generator.shuffle(group)
        shuffled.append(group)
    alternating = (query for turn in zip_longest(*shuffled) for query in turn if query is not None)
    return [query for _, query in zip(range(limit), alternating, strict=False)]


def search_path(text: str, route: str = "/v1/search", parameter: str = "q", **others: str) -> str:
    """Return the percent-encoded path of a search: the text in UTF-8, then other parameters."""
    return f"{route}?{urlencode({parameter: text, **others})}"


def write_paths(path: Path, paths: Sequence[str]) -> None:
    """Write request paths, one a line; a percent-encoded path contains no line break."""
    path.write_text("".join(f"{line}\n" for line in paths), encoding="ascii")


def _queries(path: Path) -> Iterator[WorkloadQuery]:
    for record in _records(path):
        text = str(record.get("query") or record.get("title") or "").strip()
        if text and len(text) <= MAX_CHARS:
            yield WorkloadQuery(text, str(record.get("language") or detect_language(text)))


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
