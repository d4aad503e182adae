"""All formats that khabar reads, and how a file's format is told."""

from indexer.snapshot.errors import UsageError
from indexer.sources.formats import feed, html_page, json_document, jsonl, markdown, parquet, plain_text, table, warc
from indexer.sources.formats.format import Format
from indexer.sources.parsing.opened import Opened, Refused

# In the order in which content is asked: the surest first.
FORMATS: tuple[Format, ...] = (
    warc.FORMAT,
    parquet.FORMAT,
    feed.FORMAT,
    html_page.FORMAT,
    jsonl.FORMAT,
    json_document.FORMAT,
    table.FORMAT,
    markdown.FORMAT,
    plain_text.FORMAT,
)

NAMES = tuple(one.name for one in FORMATS)
SUFFIXES = tuple(suffix for one in FORMATS for suffix in one.suffixes)

_ARC = b"filedesc:"

_AMBIGUOUS = (".xml",)
"""Names that say little: the content decides where it can."""


def named(name: str) -> Format:
    """Return the format of that name.

    Raises:
        UsageError: there is none.
    """
    for one in FORMATS:
        if one.name == name:
            return one
    raise UsageError(f"--format: there is no format {name!r}; there are {', '.join(NAMES)}")


def is_readable(name: str) -> bool:
    """Whether a file of that name, without its compression, is of a kind that khabar reads."""
    return name.lower().endswith(SUFFIXES)


def format_of(opened: Opened) -> Format:
    """Return a file's format: what its name says, unless that says little or its content says otherwise.

    Raises:
        Refused: it is nothing that khabar reads.
    """
    name, head = opened.file.name.lower(), opened.head
    if head.startswith(_ARC):
        raise Refused("an ARC archive, which WARC has replaced; convert it (warcio recompress does)")
    by_name = next((one for one in FORMATS if name.endswith(one.suffixes)), None)
    by_content = next((one for one in FORMATS if one.fits(head)), None)
    if by_name is None:
        chosen = by_content
    elif name.endswith(_AMBIGUOUS):
        chosen = html_page.FORMAT if by_content is html_page.FORMAT else by_name
    elif by_content in (warc.FORMAT, parquet.FORMAT):  # a first word that is no accident
        chosen = by_content
    else:
        chosen = by_name
    if chosen is None:
        raise Refused("nothing that khabar reads: neither its name nor its content is of a format it knows")
    return chosen
