"""Reading JSON Lines, the form of all corpora here."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ARTICLES = "articles.jsonl"
"""File name of the articles in the folder of a corpus."""


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a JSON Lines file, plain or `.gz`."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
