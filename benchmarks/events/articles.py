"""The articles of the benchmark: halves of documents in two languages, and other news, all of one day."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.corpora.jsonl import read_jsonl
from benchmarks.corpora.parallel import Document

DAY = "2018-09-30"
"""All articles are of this day, so dates tell nothing, and all other news competes with the right halves."""

_LEAST_LINES = 2


class Titles(StrEnum):
    """Which halves have the title of their document."""

    BOTH = "both"
    ENGLISH = "english"
    """No sentence of an article is a translation of one in another article, not even its title."""


def halves(documents: Sequence[Document], titles: Titles) -> Iterator[dict[str, Any]]:
    """Yield the first half of each document in English and the second one in Arabic, as article records.

    Documents of one line have no halves.
    """
    for document in documents:
        middle = (len(document.lines["en"]) + 1) // 2
        parts = {"en": document.lines["en"][:middle], "ar": document.lines["ar"][middle:]}
        if len(document.lines["en"]) >= _LEAST_LINES and parts["ar"]:
            for language, lines in parts.items():
                has_title = titles is Titles.BOTH or language == "en"
                title = {"title": document.titles[language]} if has_title else {}
                yield {"id": half_id(document.id, language), "language": language, "text": "\n".join(lines), **title}


def half_id(document: str, language: str) -> str:
    """Return the id of the article that is a half of a document."""
    return f"{document}-{language}"


def other_news(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield the records of JSON Lines files."""
    for path in paths:
        yield from read_jsonl(path)


def write_articles(path: Path, records: Iterator[Mapping[str, Any]]) -> None:
    """Write article records of the same day as JSON Lines."""
    with path.open("w", encoding="utf-8") as lines:
        for record in records:
            lines.write(json.dumps({**record, "published_at": DAY}, ensure_ascii=False) + "\n")
