"""JSON Lines: one article record a line."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping

from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.parsing.json_text import parse_json
from indexer.sources.parsing.open_input import MAX_LINE_BYTES, OpenInput
from indexer.sources.parsing.record import ParsedArticle, article_from_record
from indexer.sources.parsing.reject import Reject


def _read(source: OpenInput, options: ReadOptions) -> Iterator[FileItem]:
    return read_lines(source.lines(), source.file.label, options)


def read_lines(lines: Iterable[tuple[int, bytes | None]], file: str, options: ReadOptions) -> Iterator[FileItem]:
    """Yield an article, or a reject, for every line that is not blank; None means a line that is too long."""
    for number, line in lines:
        if line is None:
            reason = f"longer than {MAX_LINE_BYTES // 2**20} MiB, too long for an article"
            yield Reject(file, number, reason)
            continue
        content = line.removeprefix(BOM_UTF8) if number == 1 else line
        if content.strip():
            yield article_or_reject(file, number, _article, content.rstrip(), options.fields)


def _article(line: bytes, field_map: Mapping[str, str]) -> ParsedArticle:
    return article_from_record(parse_json(line), field_map)


def _matches_head(head: bytes) -> bool:
    first = head.removeprefix(BOM_UTF8).lstrip().partition(b"\n")[0].rstrip()
    return first.startswith(b"{") and (first.endswith(b"}") or b"\n" not in head)


FORMAT = Format("jsonl", (".jsonl", ".ndjson"), _read, _matches_head)
