"""Parquet files: one article a row."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from indexer.sources.formats.format import Format, ReadOptions, SourceItem, article_or_reject
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.record import article_from_record
from indexer.sources.parsing.reject import UnreadableInput

_MAGIC = b"PAR1"
_BATCH_ROWS = 256


def _read(source: OpenInput, options: ReadOptions) -> Iterator[SourceItem]:
    """Yield an article, or a reject, for every row; `_BATCH_ROWS` rows are in memory at a time.

    Raises:
        UnreadableInput: it is damaged, or is standard input: a Parquet file is read from its end.
    """
    import pyarrow  # slow to import, and most builds read no Parquet
    from pyarrow import parquet

    path = source.file.path
    if path is None:
        raise UnreadableInput("Parquet cannot be read from standard input; name the file")
    try:
        with parquet.ParquetFile(path, memory_map=True) as table:
            number = 0
            for batch in table.iter_batches(batch_size=_BATCH_ROWS):
                for record in map(_record, batch.to_pylist()):
                    number += 1
                    yield article_or_reject(source.file.label, number, article_from_record, record, options.fields)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise UnreadableInput(f"not a readable Parquet file: {str(error).splitlines()[0]}") from error


def _record(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row as an article record without its empty cells."""
    return {name: _json_value(cell) for name, cell in row.items() if cell is not None}


def _json_value(cell: object) -> object:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, list):
        return [_json_value(item) for item in cell]
    if isinstance(cell, dict):
        return {name: _json_value(item) for name, item in cell.items()}
    return cell


FORMAT = Format("parquet", (".parquet",), _read, lambda head: head.startswith(_MAGIC))
