"""A plain text file is one article: its first line that is not blank is the title."""

from pathlib import Path

from indexer.snapshot.article import Article
from indexer.snapshot.text import as_published
from indexer.sources.record import RecordError, make_article
from indexer.sources.reject import Reject, printable

SUFFIXES = (".txt",)


def read_plain_text(path: Path, article_id: str) -> Article | Reject:
    """Return the article in `path`, or why there is none.

    A file with one line only is an article without a title.

    Raises:
        OSError: the file cannot be read.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
        lines = [line for line in text.splitlines() if as_published(line)]
        title, body = (lines[0], lines[1:]) if len(lines) > 1 else (None, lines)
        return make_article(article_id, body, title=title)
    except UnicodeDecodeError as error:
        return Reject(printable(path), None, f"not UTF-8: byte {content[error.start]:#04x} at offset {error.start}")
    except RecordError as error:
        return Reject(printable(path), None, str(error))
