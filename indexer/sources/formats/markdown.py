"""A Markdown file is one article: its first heading is the title, or what its front matter says."""

from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt

from indexer.sources.formats.format import Format, Numbered, Reading
from indexer.sources.parsing.encoding import decode
from indexer.sources.parsing.foreign import parsing_with
from indexer.sources.parsing.opened import Opened
from indexer.sources.parsing.record import RecordError, make_article
from indexer.sources.parsing.reject import Reject

_FENCE = "---"
_KNOWN = ("title", "language", "url", "source", "author")
_DATES = ("published_at", "date")


def _read(opened: Opened, _reading: Reading) -> Iterator[Numbered]:
    """Yield the article, or why there is none."""
    file, content = opened.file, opened.whole()
    try:
        fields, body = _front_matter(decode(content).text)
        title, blocks = _blocks(body)
        made = make_article(
            file.article_id,
            blocks,
            title=fields.get("title") or title,
            language=fields.get("language"),
            published_at=next((fields[name] for name in _DATES if name in fields), None),
            url=fields.get("url"),
            source=fields.get("source"),
            author=fields.get("author"),
        )
    except UnicodeDecodeError as error:
        reason = f"no text in any encoding: byte {content[error.start]:#04x} at offset {error.start}"
        yield Numbered(None, Reject(file.shown, None, reason))
    except RecordError as error:
        yield Numbered(None, Reject(file.shown, None, str(error)))
    else:
        yield Numbered(None, made)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return simple fields between two lines of three dashes at the top, and what follows."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != _FENCE or _FENCE not in [line.strip() for line in lines[1:]]:
        return {}, text
    end = next(place for place, line in enumerate(lines[1:], start=1) if line.strip() == _FENCE)
    pairs = (line.partition(":") for line in lines[1:end])
    fields = {name.strip().lower(): value.strip().strip("\"'") for name, _, value in pairs}
    known = {name: value for name, value in fields.items() if value and name in (*_KNOWN, *_DATES)}
    return known, "\n".join(lines[end + 1 :])


def _blocks(text: str) -> tuple[str | None, list[str]]:
    """Return the first heading, if it stands first, and a line for each other heading, paragraph and list item."""
    title: str | None = None
    blocks: list[str] = []
    with parsing_with("markdown-it"):
        tokens = MarkdownIt("commonmark").parse(text)
    for place, token in enumerate(tokens):
        if token.type != "inline":
            continue
        line = " ".join(_words(token.children or []).split())
        is_heading = place > 0 and tokens[place - 1].type == "heading_open"
        if is_heading and title is None and not blocks:
            title = line
        elif line:
            blocks.append(line)
    return title, blocks


def _words(children: list[Any]) -> str:
    parts = (" " if child.type in ("softbreak", "hardbreak") else child.content for child in children)
    return "".join(part for part, child in zip(parts, children, strict=True) if child.type != "html_inline")


def _fits(_head: bytes) -> bool:
    return False


FORMAT = Format("markdown", (".md", ".markdown"), _fits, _read)
