"""The files of one run: raw records as JSON or JSON Lines, gzipped or not."""

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

R = TypeVar("R")


def write_records(path: Path, records: R, kind: type[R]) -> None:
    """Write records of type `kind` as JSON: compact and gzipped if the name ends in .gz, otherwise indented.

    Equal records give equal bytes.
    """
    adapter = TypeAdapter(kind)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(adapter.dump_json(records), mtime=0))
    else:
        path.write_bytes(adapter.dump_json(records, indent=1) + b"\n")


def write_lines(path: Path, records: Iterable[R], kind: type[R]) -> int:
    """Write records of type `kind` one by one as gzipped JSON Lines, and return their number.

    Equal records give equal bytes.
    """
    adapter, n = TypeAdapter(kind), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream, gzip.GzipFile(fileobj=stream, mode="wb", mtime=0, filename="") as lines:
        for n, record in enumerate(records, start=1):  # noqa: B007  # returned
            lines.write(adapter.dump_json(record) + b"\n")
    return n


def read_records(path: Path, kind: type[R]) -> R:
    """Read the records that `write_records` or `write_lines` wrote; of JSON Lines, `kind` is the type of the list."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if ".jsonl" in path.suffixes:
        content = b"[" + content.strip().replace(b"\n", b",") + b"]"
    return TypeAdapter(kind).validate_json(content)


def write_json(path: Path, content: Mapping[str, Any], *, indent: int) -> None:
    """Write a JSON object."""
    path.write_text(json.dumps(content, indent=indent) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
