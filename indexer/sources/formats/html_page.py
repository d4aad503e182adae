"""HTML pages: one article a page, the main text that trafilatura extracts, without menus and banners."""

import re
from collections.abc import Iterator

import trafilatura
from trafilatura.settings import Document
from trafilatura.utils import load_html

from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.formats.page_time import publication_time
from indexer.sources.parsing.encoding import decode
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.parser_errors import parsing_with
from indexer.sources.parsing.record import ParsedArticle, make_article
from indexer.sources.parsing.reject import UnreadableInput

# In a meta element, or in the XML declaration of XHTML.
_DECLARED_ENCODING = re.compile(
    rb"""(?:charset\s*=\s*["']?|<\?xml[^<>]*encoding\s*=\s*["'])([\w.:-]+)""", re.IGNORECASE
)
_DECLARED_LANGUAGE = re.compile(r"""<html[^<>]*\blang\s*=\s*["']?([A-Za-z]{2,3}(?:-[\w-]+)?)""", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(rb"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_HEAD_BYTES = 4_096
_MIN_CHARS = 100
"""A shorter text is a menu or caption of a page without an article."""

_MIN_HEADLINES = 4
_MIN_SENTENCE_CHARS = 40
_MIN_SENTENCE_SHARE = 0.3
"""Sentences are at least 0.6 of the text of an article page, and about 0.1 of that of a front page."""
_SENTENCE_END = re.compile(r"[.!?…؟۔。！？:][\"'”’»›)\]」]*$")


def article_from_page(
    content: bytes, article_id: str, *, url: str | None = None, declared: str | None = None
) -> ParsedArticle:
    """Return the article of a page.

    `declared` is the encoding that the page's transport names; it takes precedence over the one that the page declares.

    Raises:
        UndecodableText: the page is not text in any known encoding.
        ParserError: trafilatura failed.
        UnreadableInput: the page holds no article; RecordError if its article is not valid.
    """
    encoding = _DECLARED_ENCODING.search(content[:_HEAD_BYTES])
    text = decode(content, declared or (encoding.group(1).decode("ascii") if encoding else None)).text
    with parsing_with("trafilatura"):
        document = trafilatura.bare_extraction(
            text,
            url=url,
            include_comments=False,
            include_tables=True,
            with_metadata=True,
            # Only a date that the page gives as its own, not any date in its text.
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    main_text = document.text or "" if isinstance(document, Document) else ""
    if not isinstance(document, Document) or len(main_text) < _MIN_CHARS:
        raise UnreadableInput("no article is found in this page")
    if _is_list_of_headlines(main_text):
        raise UnreadableInput("a front page or list of articles: the text found in it consists of headlines")
    with parsing_with("lxml"):
        tree = load_html(text)
        date = publication_time(tree, document.date) if document.date and tree is not None else document.date
    language = _DECLARED_LANGUAGE.search(text[:_HEAD_BYTES])
    return make_article(
        article_id,
        [main_text],
        title=document.title,
        language=None,  # many pages declare the language of their template: it is detected from the text
        published_at=date,
        url=document.url or url,
        source=document.sitename or document.hostname,
        author=document.author,
        extra={"declared_language": language.group(1)} if language else {},
    )


def _is_list_of_headlines(text: str) -> bool:
    """Return whether little of a text is in sentences."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < _MIN_HEADLINES:
        return False
    in_sentences = sum(len(line) for line in lines if len(line) >= _MIN_SENTENCE_CHARS and _SENTENCE_END.search(line))
    return in_sentences < _MIN_SENTENCE_SHARE * sum(map(len, lines))


def _read(source: OpenInput, _options: ReadOptions) -> Iterator[FileItem]:
    yield article_or_reject(source.file.label, None, article_from_page, source.read_all(), source.file.article_id)


FORMAT = Format("html", (".html", ".htm", ".xhtml"), _read, lambda head: bool(_LOOKS_LIKE_HTML.search(head)))
