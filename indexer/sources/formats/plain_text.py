"""Plain text files: one article a file, whose first line that is not blank is the title."""

from collections.abc import Iterator

from indexer.snapshot.text.normalisation import as_published
from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.parsing.encoding import decode
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.record import ParsedArticle, make_article


def article_from_text(
    content: bytes, article_id: str, *, url: str | None = None, declared: str | None = None
) -> ParsedArticle:
    """Return the article of a text; a text of a single line is an article without a title.

    `declared` is the encoding that the text's transport names.

    Raises:
        UndecodableText: it is not text in any known encoding.
        RecordError: it is not a valid article.
    """
    lines = [line for line in decode(content, declared).text.splitlines() if as_published(line)]
    title, body = (lines[0], lines[1:]) if len(lines) > 1 else (None, lines)
    return make_article(article_id, body, title=title, url=url)


def _read(source: OpenInput, _options: ReadOptions) -> Iterator[FileItem]:
    article_id = source.file.article_id.removesuffix(".txt")
    yield article_or_reject(source.file.label, None, article_from_text, source.read_all(), article_id)


FORMAT = Format("text", (".txt",), _read, lambda head: b"\0" not in head)
