"""Parquet files: one article a row."""

import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.parsing.open_input import OpenInput, check_ratio
from indexer.sources.parsing.record import article_from_record
from indexer.sources.parsing.reject import UnreadableInput

_MAGIC = b"PAR1"
_BATCH_ROWS = 256
_BUFFER_BYTES = 2**20
"""A column is read in parts of this size, not as a whole."""


def _read(source: OpenInput, options: ReadOptions) -> Iterator[FileItem]:
    """Yield an article, or a reject, for every row; `_BATCH_ROWS` rows are in memory at a time.

    Raises:
        UnreadableInput: it is damaged or a decompression bomb; or it is compressed as a whole or standard input: a
            Parquet file is read from its end.
    """
    import pyarrow  # slow to import, and most builds read no Parquet
    from pyarrow import parquet

    if source.file.path is None:
        raise UnreadableInput("Parquet cannot be read from standard input; name the file")
    if source.is_compressed:
        raise UnreadableInput("Parquet is read from its end; decompress the file")
    source.raw.seek(0)
    size = os.fstat(source.raw.fileno()).st_size
    try:
        with parquet.ParquetFile(source.raw, buffer_size=_BUFFER_BYTES, pre_buffer=False) as table:
            number, n_bytes = 0, 0
            for batch in table.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
                n_bytes += batch.nbytes
                check_ratio(n_bytes, size)
                for record in map(_record, batch.to_pylist()):
                    number += 1
                    yield article_or_reject(source.file.label, number, article_from_record, record, options.fields)
    except (MemoryError, UnreadableInput):
        raise
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        message = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnreadableInput(f"not a readable Parquet file: {message}") from error


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
    if isinstance(cell, list | tuple):  # a map is a list of pairs
        return [_json_value(item) for item in cell]
    if isinstance(cell, dict):
        return {name: _json_value(item) for name, item in cell.items()}
    return cell


FORMAT = Format("parquet", (".parquet",), _read, lambda head: head.startswith(_MAGIC))
