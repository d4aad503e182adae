"""WARC files, as web archives and Common Crawl publish them: one article for each fetched page."""

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.formats.html_page import article_from_page
from indexer.sources.formats.plain_text import article_from_text
from indexer.sources.parsing.open_input import MAX_DOCUMENT_BYTES, OpenInput
from indexer.sources.parsing.reject import Reject, UnreadableInput

_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_TEXT_TYPE = "text/plain"
_OK = 200


def _read(source: OpenInput, _options: ReadOptions) -> Iterator[FileItem]:
    """Yield an article, or a reject, for every page; other records are skipped.

    Raises:
        UnreadableInput: it holds no page, or is damaged; the pages before the damage have been yielded.
    """
    number, n_pages = 0, 0
    types = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
    archive = _Archive(source.stream)
    try:
        records = ArchiveIterator(cast("BinaryIO", archive), record_types=types, auto_decode="all")
        for number, record in enumerate(records, start=1):
            item = _item(source.file.label, number, record)
            archive.check()  # a page that is cut off is no article
            if item is not None:
                n_pages += 1
                yield item
    except (OSError, ValueError, RuntimeError) as error:
        archive.check()
        raise UnreadableInput(f"damaged archive, read up to record {number}: {error}") from error
    archive.check()
    if not number:
        raise UnreadableInput("not an archive with records of pages")
    if not n_pages:
        raise UnreadableInput(f"none of its {number} records is a page, HTML or text, fetched with status {_OK}")


class _Archive:
    """What fastwarc reads: decompressed bytes, because its own decompression has no limit.

    A bomb or damage ends the archive, and is raised by `check` when fastwarc has given the records before it.
    """

    def __init__(self, stream: "io.BufferedReader[io.RawIOBase]") -> None:
        self._stream = stream
        self._n_bytes = 0
        self._error: UnreadableInput | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            content = self._stream.read1(size)
        except UnreadableInput as error:
            self._error = error
            return b""
        self._n_bytes += len(content)
        return content

    def tell(self) -> int:
        return self._n_bytes

    def check(self) -> None:
        """Raise the error that ended the archive, if one did."""
        if self._error is not None:
            raise self._error


def _item(file: str, number: int, record: WarcRecord) -> FileItem | None:
    """Return the article of a record, or a reject; None if the record is not a page that was fetched."""
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
    content_type, declared = _content_type(record)
    is_fetched = record.http_headers is None or record.http_headers.status_code == _OK
    if not url or content_type not in (*_PAGE_TYPES, _TEXT_TYPE) or not is_fetched:
        return None
    content = record.reader.read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        return Reject(file, number, f"a page larger than {MAX_DOCUMENT_BYTES // 2**20} MiB")
    parse = article_from_page if content_type in _PAGE_TYPES else article_from_text
    return article_or_reject(file, number, parse, content, url, url=url, declared=declared)


def _content_type(record: WarcRecord) -> tuple[str, str | None]:
    """Return the media type of a record's content, and the encoding that its transport names."""
    headers = record.http_headers if record.http_headers is not None else record.headers
    media_type, _, rest = (headers.get("Content-Type") or "").partition(";")
    _, _, charset = rest.partition("charset=")
    return media_type.strip().lower(), charset.strip().strip("\"'") or None


FORMAT = Format("warc", (".warc", ".wet"), _read, lambda head: head.startswith(b"WARC/"))
