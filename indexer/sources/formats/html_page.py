"""An HTML page is one article: what trafilatura takes for its text, without menus and banners."""

import re
from collections.abc import Iterator

import trafilatura
from trafilatura.settings import Document

from indexer.sources.formats.format import Format, Numbered, Reading
from indexer.sources.parsing.encoding import decode
from indexer.sources.parsing.foreign import ParserFailed, parsing_with
from indexer.sources.parsing.opened import Opened
from indexer.sources.parsing.record import Made, RecordError, make_article
from indexer.sources.parsing.reject import Reject

# In a meta element, or in the declaration of XHTML.
_DECLARED = re.compile(rb"""(?:charset\s*=\s*["']?|<\?xml[^>]*encoding\s*=\s*["'])([\w.:-]+)""", re.IGNORECASE)
_LANGUAGE = re.compile(r"""<html[^>]*\blang\s*=\s*["']?([A-Za-z]{2,3}(?:-[\w-]+)?)""", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(rb"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_HEAD_BYTES = 4_096
_LEAST_CHARS = 100
"""Shorter finds are menus and captions of pages that hold no article."""


_LEAST_HEADLINES = 4
_SENTENCE_CHARS = 40
_LEAST_IN_SENTENCES = 0.3
_CLOSED = re.compile(r"[.!?…؟۔。！？:][\"'”’»›)\]」]*$")


class NoArticle(ValueError):
    """A page that holds no article; the message is the reason, on one line."""


def article_of_page(content: bytes, article_id: str, *, url: str | None = None, declared: str | None = None) -> Made:
    """Return the article of a page.

    `declared` is the encoding that the page's transport names; what the page itself says comes after.

    Raises:
        NoArticle: there is none in it, or it is no text.
        RecordError: what there is cannot become an article.
        ParserFailed: trafilatura has come to grief over it.
    """
    try:
        text = decode(content, declared or _declared(content)).text
    except UnicodeDecodeError as error:
        raise NoArticle("no text in any encoding") from error
    with parsing_with("trafilatura"):
        found = trafilatura.bare_extraction(
            text,
            url=url,
            include_comments=False,
            include_tables=True,
            with_metadata=True,
            # A date that the page states, and none that stands somewhere in it.
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    if not isinstance(found, Document) or len(found.text or "") < _LEAST_CHARS:
        raise NoArticle("no article is found in this page")
    if _is_list_of_headlines(found.text or ""):
        raise NoArticle("a front page or list of articles: what is found in it are headlines")
    language = _LANGUAGE.search(text[:_HEAD_BYTES])
    return make_article(
        article_id,
        [found.text or ""],
        title=found.title,
        language=None,  # what a page declares is often its template's: the text tells
        published_at=found.date,
        url=found.url or url,
        source=found.sitename or found.hostname,
        author=found.author,
        extra={"declared_language": language.group(1)} if language else {},
    )


def _is_list_of_headlines(text: str) -> bool:
    """Whether little of a text stands in sentences: pages of articles reach 0.6 at least, front pages 0.1."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < _LEAST_HEADLINES:
        return False
    closed = sum(len(line) for line in lines if len(line) >= _SENTENCE_CHARS and _CLOSED.search(line))
    return closed < _LEAST_IN_SENTENCES * sum(map(len, lines))


def _read(opened: Opened, _reading: Reading) -> Iterator[Numbered]:
    file = opened.file
    try:
        yield Numbered(None, article_of_page(opened.whole(), file.article_id))
    except (NoArticle, RecordError, ParserFailed) as error:
        yield Numbered(None, Reject(file.shown, None, str(error)))


def _declared(content: bytes) -> str | None:
    match = _DECLARED.search(content[:_HEAD_BYTES])
    return match.group(1).decode("ascii") if match else None


def _fits(head: bytes) -> bool:
    return _LOOKS_LIKE_HTML.search(head) is not None


FORMAT = Format("html", (".html", ".htm", ".xhtml"), _fits, _read)
