"""A plain text file is one article: its first line that is not blank is the title."""

from collections.abc import Iterator

from indexer.snapshot.text.normalisation import as_published
from indexer.sources.formats.format import Format, Numbered, Reading
from indexer.sources.parsing.encoding import decode
from indexer.sources.parsing.opened import Opened
from indexer.sources.parsing.record import Made, RecordError, make_article
from indexer.sources.parsing.reject import Reject


def article_of_text(content: bytes, article_id: str, *, url: str | None = None, declared: str | None = None) -> Made:
    """Return the article of a text; one of a single line is an article without a title.

    Raises:
        UnicodeDecodeError: it is no text in any encoding.
        RecordError: it cannot become an article.
    """
    lines = [line for line in decode(content, declared).text.splitlines() if as_published(line)]
    title, body = (lines[0], lines[1:]) if len(lines) > 1 else (None, lines)
    return make_article(article_id, body, title=title, url=url)


def _read(opened: Opened, _reading: Reading) -> Iterator[Numbered]:
    """Yield the article, or why there is none."""
    file, content = opened.file, opened.whole()
    try:
        yield Numbered(None, article_of_text(content, file.article_id.removesuffix(".txt")))
    except UnicodeDecodeError as error:
        reason = f"no text in any encoding: byte {content[error.start]:#04x} at offset {error.start}"
        yield Numbered(None, Reject(file.shown, None, reason))
    except RecordError as error:
        yield Numbered(None, Reject(file.shown, None, str(error)))


def _fits(head: bytes) -> bool:
    return b"\0" not in head


FORMAT = Format("text", (".txt",), _fits, _read)
