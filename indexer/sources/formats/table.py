"""CSV and TSV: one article a row, its fields named by the first row."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Any

from indexer.sources.formats.format import Format, Numbered, Reading, item_of
from indexer.sources.parsing.encoding import decode
from indexer.sources.parsing.opened import MAX_LINE_BYTES, Opened, Refused

_DELIMITERS = ",;\t|"


def _read(opened: Opened, reading: Reading) -> Iterator[Numbered]:
    """Yield an article, or a reject, for every row below the first.

    Raises:
        Refused: there is no table in it.
    """
    encoding = _encoding(opened.head)
    csv.field_size_limit(MAX_LINE_BYTES)
    text = io.TextIOWrapper(opened.stream, encoding=encoding, errors="replace", newline="")
    delimiter = "\t" if opened.file.name.lower().endswith((".tsv", ".tab")) else _delimiter(opened.head, encoding)
    rows = csv.DictReader(_without_nulls(text), delimiter=delimiter, strict=False)
    try:
        if not rows.fieldnames:
            raise Refused("no table: its first row names no fields")
        for number, row in enumerate(rows, start=2):
            if record := _record(row):
                yield Numbered(number, item_of(record, opened.file.shown, number, reading))
    except csv.Error as error:
        raise Refused(f"no table that can be read: {error}, row {rows.line_num}") from error
    finally:
        text.detach()


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        found = decode(head.rpartition(b"\n")[0] or head).encoding
    except UnicodeDecodeError:
        return "utf-8"
    return "utf-8-sig" if found == "utf-8" else found  # the mark is no part of the first field's name


def _delimiter(head: bytes, encoding: str) -> str:
    first = head.decode(encoding, "replace").partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _without_nulls(lines: io.TextIOWrapper) -> Iterator[str]:
    # A line without an end is no line: the reader must not hold all of it either.
    while line := lines.readline(MAX_LINE_BYTES):
        yield line.replace("\0", "")


def _record(row: dict[str | Any, Any]) -> dict[str, Any]:
    """Return a row as an article record, its empty cells left out."""
    record: dict[str, Any] = {
        name.strip(): cell for name, cell in row.items() if name and isinstance(cell, str) and cell.strip()
    }
    if isinstance(record.get("tags"), str):
        record["tags"] = [tag.strip() for tag in record["tags"].replace(";", ",").split(",")]
    return record


def _fits(_head: bytes) -> bool:
    return False  # any text could be a table: names and --format tell


FORMAT = Format("csv", (".csv", ".tsv", ".tab"), _fits, _read)
