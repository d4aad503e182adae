"""JSON Lines: one article record a line."""

from collections.abc import Iterable, Iterator

from indexer.sources.formats.format import Format, Item, Numbered, Reading, item_of
from indexer.sources.parsing.json_text import NotJson, parse_json
from indexer.sources.parsing.opened import MAX_LINE_BYTES, Opened
from indexer.sources.parsing.reject import Reject

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def _read(opened: Opened, reading: Reading) -> Iterator[Numbered]:
    return read_lines(opened.lines(), opened.file.shown, reading)


def read_lines(lines: Iterable[tuple[int, bytes | None]], file: str, reading: Reading) -> Iterator[Numbered]:
    """Yield an article, or a reject, for every line that is not blank; None stands for one that is too long."""
    for number, line in lines:
        if line is None:
            reason = f"longer than {MAX_LINE_BYTES // 2**20} MiB, which no article is"
            yield Numbered(number, Reject(file, number, reason))
            continue
        content = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        if content.strip():
            yield Numbered(number, _item(file, number, content.rstrip(), reading))


def _item(file: str, number: int, line: bytes, reading: Reading) -> Item:
    try:
        return item_of(parse_json(line), file, number, reading)
    except NotJson as error:
        return Reject(file, number, str(error))


def _fits(head: bytes) -> bool:
    first = head.removeprefix(_BYTE_ORDER_MARK).lstrip().partition(b"\n")[0].rstrip()
    return first.startswith(b"{") and (first.endswith(b"}") or b"\n" not in head)


FORMAT = Format("jsonl", (".jsonl", ".ndjson"), _fits, _read)
