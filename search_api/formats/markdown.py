"""Hits as Markdown, for notes and messages."""

import re
from collections.abc import Iterator

from indexer.snapshot.search.page import Hit
from search_api.formats.export_format import ExportedSearch, Parts
from search_api.formats.link import link

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~])")
_LIST_OR_HEADING = re.compile(r"^(\d+)([.)])|^([-+=])")


def write_markdown(search: ExportedSearch, parts: Parts) -> Iterator[bytes]:
    """Yield the query as a heading, and then each hit as an item of a numbered list."""
    yield f"## {_plain(search.text)}\n\n".encode()
    for hits in parts:
        yield "".join(map(_item, hits)).encode()


def _item(hit: Hit) -> str:
    article = hit.article
    title = _plain(article.title or article.id)
    linked = f"[{title}](<{link(article.url)}>)" if article.url else title
    facts = ", ".join(filter(None, [article.source, article.published_at, hit.paragraph.language]))
    indent = " " * len(f"{hit.rank}. ")
    return f"{hit.rank}. **{linked}** ({_plain(facts)})\n\n{indent}{_plain(hit.paragraph.text)}\n\n"


def _plain(text: str) -> str:
    """Return a text on one line, with a backslash before what Markdown would read as a sign."""
    line = _SIGNS.sub(r"\\\1", " ".join(text.split()))
    return _LIST_OR_HEADING.sub(lambda begun: f"{begun[1] or ''}\\{begun[2] or begun[3]}", line)
