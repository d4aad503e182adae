"""Parquet: one article a row."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from indexer.sources.opened import Opened, Refused
from indexer.sources.record import RecordError, article_from_record
from indexer.sources.reject import Reject
from indexer.sources.source import Format, Item, Numbered, Reading

_MAGIC = b"PAR1"
_ROWS_AT_ONCE = 256


def _read(opened: Opened, reading: Reading) -> Iterator[Numbered]:
    """Yield an article, or a reject, for every row, a few hundred rows at a time.

    Raises:
        Refused: it is damaged, or comes through a pipe: a Parquet file is read from its end.
    """
    import pyarrow  # slow to import, and most builds read no Parquet
    from pyarrow import parquet

    path = opened.file.path
    if path is None:
        raise Refused("Parquet cannot be read from standard input; name the file")
    try:
        with parquet.ParquetFile(path, memory_map=True) as table:
            number = 0
            for batch in table.iter_batches(batch_size=_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    number += 1
                    yield Numbered(number, _item(opened.file.shown, number, row, reading))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise Refused(f"no Parquet file that can be read: {str(error).splitlines()[0]}") from error


def _item(file: str, number: int, row: dict[str, Any], reading: Reading) -> Item:
    try:
        return article_from_record(
            {name: _plain(cell) for name, cell in row.items() if cell is not None}, reading.fields
        )
    except RecordError as error:
        return Reject(file, number, str(error))


def _plain(cell: Any) -> Any:
    """Return a cell as JSON would hold it."""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, list):
        return [_plain(one) for one in cell]
    if isinstance(cell, dict):
        return {name: _plain(one) for name, one in cell.items()}
    return cell


def _fits(head: bytes) -> bool:
    return head.startswith(_MAGIC)


FORMAT = Format("parquet", (".parquet",), _fits, _read)
