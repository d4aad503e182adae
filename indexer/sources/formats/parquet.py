"""Parquet: one article a row."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from indexer.sources.formats.format import Format, Numbered, Reading, item_of
from indexer.sources.parsing.opened import Opened, Refused

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
                    yield Numbered(number, item_of(_record(row), opened.file.shown, number, reading))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise Refused(f"no Parquet file that can be read: {str(error).splitlines()[0]}") from error


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as an article record, its empty cells left out."""
    return {name: _plain(cell) for name, cell in row.items() if cell is not None}


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
