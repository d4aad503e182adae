"""WARC, as web archives and Common Crawl ship it: one article a page that was fetched."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from indexer.sources.formats.format import Format, Item, Numbered, Reading
from indexer.sources.formats.html_page import NoArticle, article_of_page
from indexer.sources.formats.plain_text import article_of_text
from indexer.sources.parsing.foreign import ParserFailed
from indexer.sources.parsing.opened import MAX_DOCUMENT_BYTES, Opened, Refused
from indexer.sources.parsing.record import RecordError
from indexer.sources.parsing.reject import Reject

_PAGES = ("text/html", "application/xhtml+xml")
_TEXT = "text/plain"
_OK = 200


def _read(opened: Opened, _reading: Reading) -> Iterator[Numbered]:
    """Yield an article, or a reject, for every page; other records are passed over.

    Raises:
        Refused: it is damaged; what came before the damage has been yielded.
    """
    number, n_pages = 0, 0
    wanted = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
    try:
        with _seekable(opened) as archive:
            for number, record in enumerate(ArchiveIterator(archive, record_types=wanted, auto_decode="all"), start=1):
                item = _item(opened.file.shown, number, record)
                if item is not None:
                    n_pages += 1
                    yield Numbered(number, item)
    except Refused:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise Refused(f"damaged archive, read up to record {number}: {error}") from error
    if not number:
        raise Refused("no archive: there is no record of a page in it")
    if not n_pages:
        raise Refused(f"none of its {number} records is a page, HTML or text, that was fetched with status {_OK}")


@contextmanager
def _seekable(opened: Opened) -> Iterator[IO[bytes]]:
    """Yield a file of its own for the reader of archives, which unpacks and seeks by itself."""
    if opened.file.path is not None and not opened.is_zstandard:
        with opened.file.path.open("rb") as archive:
            yield archive
        return
    with TemporaryFile() as archive:
        shutil.copyfileobj(opened.stream, archive)
        archive.seek(0)
        yield archive


def _item(file: str, number: int, record: WarcRecord) -> Item | None:
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
    kind, declared = _content_type(record)
    if not url or kind not in (*_PAGES, _TEXT) or (record.http_headers and record.http_headers.status_code != _OK):
        return None
    content = record.reader.read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        return Reject(file, number, f"a page larger than {MAX_DOCUMENT_BYTES // 2**20} MiB")
    try:
        if kind in _PAGES:
            return article_of_page(content, url, url=url, declared=declared)
        return article_of_text(content, url, url=url, declared=declared)
    except UnicodeDecodeError:
        return Reject(file, number, "no text in any encoding")
    except (NoArticle, RecordError, ParserFailed) as error:
        return Reject(file, number, str(error))


def _content_type(record: WarcRecord) -> tuple[str, str | None]:
    """Return the kind of content and the encoding that its transport names."""
    headers = record.http_headers if record.http_headers is not None else record.headers
    kind, _, rest = (headers.get("Content-Type") or "").partition(";")
    _, _, charset = rest.partition("charset=")
    return kind.strip().lower(), charset.strip().strip("\"'") or None


def _fits(head: bytes) -> bool:
    return head.startswith(b"WARC/")


FORMAT = Format("warc", (".warc", ".wet"), _fits, _read)
