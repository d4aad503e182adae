"""What a format of articles is: a small protocol, one file for each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from indexer.sources.parsing.opened import Opened
from indexer.sources.parsing.record import Made, RecordError, article_from_record
from indexer.sources.parsing.reject import Reject

Item = Made | Reject
"""An article, or why there is none."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An item and the line, row or record that it stood in, from 1; None where it is the whole file."""

    number: int | None
    item: Item


@dataclass(frozen=True, slots=True)
class Reading:
    """How sources are read.

    `format` is the name of one, or None to tell each file's by its name and content. `fields` maps
    khabar's fields to those that stand for them in records: {"title": "headline"}.
    """

    format: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def item_of(record: object, file: str, number: int, reading: Reading) -> Item:
    """Return the article that a record describes, or why it describes none."""
    try:
        return article_from_record(record, reading.fields)
    except RecordError as error:
        return Reject(file, number, str(error))


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name, the ends of its files' names, what its content begins with, and its reader.

    `fits` is asked of the first bytes, unpacked, where a name says nothing.
    """

    name: str
    suffixes: tuple[str, ...]
    fits: Callable[[bytes], bool]
    read: Callable[[Opened, Reading], Iterator[Numbered]]
