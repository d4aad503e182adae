"""What every input format provides, and what it shares with the others."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import ParamSpec

from indexer.snapshot.content.article import Article
from indexer.sources.parsing.date_order import DateOrder
from indexer.sources.parsing.dates import DateReading
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.record import ParsedArticle
from indexer.sources.parsing.reject import Reject, UnreadableInput

_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class SourceArticle:
    """An article and where it was read: `line` is its line, row or record from 1, None if it is the whole file.

    `repaired` says whether its text was repaired (mojibake, entities), `dropped_lines` how many lines of boilerplate
    were dropped, and `date` what its date says; None if it has none.
    """

    file: str
    line: int | None
    article: Article
    repaired: bool = False
    dropped_lines: int = 0
    date: DateReading | None = None


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file of a folder that is left out, because its name does not end like that of any format."""

    file: str

    @property
    def suffix(self) -> str:
        """How its name ends, in lower case; empty if there is no dot in it."""
        return PurePath(self.file).suffix.lower()


FileItem = SourceArticle | Reject
"""What is in a file: an article, or a reject with its reason."""

SourceItem = FileItem | UnreadFile
"""What is in a folder: what is in its files, or a file that was left out."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How sources are read.

    `format` is the name of a format, or None to detect it for each file. `fields` gives the names that records
    use for khabar's fields: {"title": "headline"}. `dates` is the order of day and month in dates such as 05/07/2015,
    or None if other dates of the file may settle it.
    """

    format: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    dates: DateOrder | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One input format: its name, the suffixes of its files, its reader, and a test of a file's first bytes.

    `read` may raise UnreadableInput, before or after it has yielded articles. `matches_head` gets the first bytes,
    decompressed; it decides if the file's name does not. It is None if any text could be in the format.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[OpenInput, ReadOptions], Iterator[FileItem]]
    matches_head: Callable[[bytes], bool] | None = None


def article_or_reject(
    file: str, line: int | None, parse: Callable[_P, ParsedArticle], *args: _P.args, **kwargs: _P.kwargs
) -> SourceArticle | Reject:
    """Return the article that `parse` returns, or a reject if it raises UnreadableInput."""
    try:
        parsed = parse(*args, **kwargs)
    except UnreadableInput as error:
        return Reject(file, line, str(error))
    return SourceArticle(file, line, parsed.article, parsed.repaired, parsed.dropped_lines, parsed.date)
