"""Markdown files: one article a file; its front matter or its first heading gives the title."""

import re
from collections.abc import Iterable, Iterator, Sequence

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from indexer.sources.formats.format import FileItem, Format, ReadOptions, article_or_reject
from indexer.sources.parsing.encoding import decode
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.parser_errors import parsing_with
from indexer.sources.parsing.record import ParsedArticle, make_article

_FIRST_LINE = re.compile(r"---[ \t]*[\r\n]")  # the plugin alone would allow text after the dashes
_PARSER = MarkdownIt("commonmark")
_FRONT_MATTER_PARSER = MarkdownIt("commonmark").use(front_matter_plugin)
_MAX_YAML_CHARS = 2**16


def _read(source: OpenInput, _options: ReadOptions) -> Iterator[FileItem]:
    yield article_or_reject(source.file.label, None, _article, source.read_all(), source.file.article_id)


def _article(content: bytes, article_id: str) -> ParsedArticle:
    text = decode(content).text
    with parsing_with("markdown-it"):
        tokens = (_FRONT_MATTER_PARSER if _FIRST_LINE.match(text) else _PARSER).parse(text)
    fields = _fields(tokens[0].content) if tokens and tokens[0].type == "front_matter" else {}
    title, blocks = _title_and_blocks(tokens)
    return make_article(
        article_id,
        blocks,
        title=fields.get("title") or title,
        language=fields.get("language"),
        published_at=fields.get("published_at") or fields.get("date"),
        url=fields.get("url"),
        source=fields.get("source"),
        author=fields.get("author"),
    )


def _fields(front_matter: str) -> dict[str, str]:
    """Return the fields of a front matter whose value is a text or a list of texts, under names in lower case."""
    lines = (line.partition(":") for line in front_matter.splitlines())
    pairs = _yaml_pairs(front_matter) or [(name, value.strip(" \"'")) for name, _, value in lines]
    texts = {name: [value] if isinstance(value, str) else value for name, value in pairs}
    return {
        str(name).strip().lower(): ", ".join(_texts(value)) for name, value in texts.items() if isinstance(value, list)
    }


def _texts(values: Sequence[object]) -> Iterator[str]:
    """Yield the texts of a list, as many as a front matter can hold: an alias of YAML repeats a text at no cost."""
    n_chars = 0
    for text in values:
        if isinstance(text, str):
            n_chars += len(text)
            if n_chars > _MAX_YAML_CHARS:
                return
            yield text


def _yaml_pairs(front_matter: str) -> Iterable[tuple[object, object]]:
    """Return the names and values of a YAML mapping, none if it is not one: a title with a colon often is not YAML."""
    if len(front_matter) > _MAX_YAML_CHARS:
        return ()
    try:
        # BaseLoader makes texts, lists and mappings only. YAML's own types would turn the language "no" to False.
        document = yaml.load(front_matter, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()
    return document.items() if isinstance(document, dict) else ()


def _title_and_blocks(tokens: Sequence[Token]) -> tuple[str | None, list[str]]:
    """Return the first heading, if it comes first, and one line for each other heading, paragraph and list item."""
    title: str | None = None
    blocks: list[str] = []
    for place, token in enumerate(tokens):
        if token.type != "inline":
            continue
        line = " ".join(_inline_text(token.children or []).split())
        is_heading = place > 0 and tokens[place - 1].type == "heading_open"
        if is_heading and title is None and not blocks:
            title = line
        elif line:
            blocks.append(line)
    return title, blocks


def _inline_text(children: Sequence[Token]) -> str:
    breaks = ("softbreak", "hardbreak")
    texts = (" " if token.type in breaks else token.content for token in children if token.type != "html_inline")
    return "".join(texts)


FORMAT = Format("markdown", (".md", ".markdown"), _read)
