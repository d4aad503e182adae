"""JSON Lines, plain or gzip: one article record a line."""

import gzip
import json
import zlib
from collections.abc import Iterator
from math import isfinite
from pathlib import Path

from indexer.snapshot.article import Article
from indexer.sources.record import RecordError, article_from_record
from indexer.sources.reject import Reject, printable

SUFFIXES = (".jsonl", ".jsonl.gz")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_jsonl(path: Path) -> Iterator[tuple[int | None, Article | Reject]]:
    """Yield line number and article, or reject, for every line that is not blank.

    A gzip file that ends too early or is damaged gives what could be read, then a reject.

    Raises:
        OSError: the file cannot be read.
    """
    number = 0
    with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as lines:
        try:
            for number, line in enumerate(lines, start=1):  # named in the reject below
                content = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
                if content.strip():
                    yield number, _article(printable(path), number, content.rstrip())
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield None, Reject(printable(path), None, f"damaged gzip file, read up to line {number}: {error}")


def _article(file: str, number: int, line: bytes) -> Article | Reject:
    try:
        return article_from_record(
            json.loads(line.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
        )
    except UnicodeDecodeError as error:
        return Reject(file, number, f"not UTF-8: byte {line[error.start]:#04x} at column {error.start + 1}")
    except json.JSONDecodeError as error:
        return Reject(file, number, f"not JSON: {error.msg} at column {error.colno}")
    except RecursionError:
        return Reject(file, number, "not JSON that can be read: nested too deeply")
    except RecordError as error:
        return Reject(file, number, str(error))
    except ValueError as error:  # such as an integer of thousands of digits
        return Reject(file, number, f"not JSON that can be read: {error}")


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise ValueError(f"{number} is too large a number")
    return value


def _refuse_constant(name: str) -> None:
    """Refuse NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is not JSON")
