"""CSV and TSV: one article a row; the first row names the fields."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping

from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.parsing.encoding import UndecodableText, decode
from indexer.sources.parsing.open_input import MAX_LINE_BYTES, OpenInput
from indexer.sources.parsing.record import article_from_record
from indexer.sources.parsing.reject import UnreadableInput

_DELIMITERS = ",;\t|"


def _read(source: OpenInput, options: ReadOptions) -> Iterator[FileItem]:
    """Yield an article, or a reject, for every row below the first.

    Raises:
        UnreadableInput: it is not a table.
    """
    encoding = _encoding(source.head)
    csv.field_size_limit(MAX_LINE_BYTES)
    text = io.TextIOWrapper(source.stream, encoding=encoding, errors="replace", newline="")
    delimiter = "\t" if source.file.name.lower().endswith((".tsv", ".tab")) else _delimiter(source.head, encoding)
    rows = csv.DictReader(_lines_without_nulls(text), delimiter=delimiter, strict=False)
    try:
        if not rows.fieldnames:
            raise UnreadableInput("not a table: its first row names no fields")
        for number, row in enumerate(rows, start=2):
            if record := _record(row):
                yield article_or_reject(source.file.label, number, article_from_record, record, options.fields)
    except csv.Error as error:
        raise UnreadableInput(f"not a readable table: {error}, row {rows.line_num}") from error
    finally:
        text.detach()


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        encoding = decode(head.rpartition(b"\n")[0] or head).encoding
    except UndecodableText:
        return "utf-8"
    return "utf-8-sig" if encoding == "utf-8" else encoding  # without the mark in the first field's name


def _delimiter(head: bytes, encoding: str) -> str:
    first = head.decode(encoding, "replace").partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _lines_without_nulls(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE_BYTES):  # bounded: a file without line ends must not be held in memory
        if len(line) == MAX_LINE_BYTES and not line.endswith("\n"):
            raise UnreadableInput(f"a line longer than {MAX_LINE_BYTES // 2**20} MiB, not read further")
        yield line.replace("\0", "")


def _record(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row as an article record without its empty cells."""
    record: dict[str, object] = {
        name.strip(): cell for name, cell in row.items() if name and isinstance(cell, str) and cell.strip()
    }
    if isinstance(tags := record.get("tags"), str):
        record["tags"] = [tag.strip() for tag in tags.replace(";", ",").split(",")]
    return record


FORMAT = Format("csv", (".csv", ".tsv", ".tab"), _read)
