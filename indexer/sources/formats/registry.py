"""All input formats, and how the format of a file is detected."""

from indexer.snapshot.errors import UsageError
from indexer.sources.formats import feed, html_page, json_document, jsonl, markdown, parquet, plain_text, table, warc
from indexer.sources.formats.format import Format
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.reject import UnreadableInput

# Content is compared in this order: the format that is recognised with most certainty comes first.
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

FORMAT_NAMES = tuple(format_.name for format_ in FORMATS)
SUFFIXES = tuple(suffix for format_ in FORMATS for suffix in format_.suffixes)

_ARC_MAGIC = b"filedesc:"

_AMBIGUOUS_SUFFIXES = (".xml",)
"""A file of such a name may also be XHTML, if its content says so."""


def find_format(name: str) -> Format:
    """Return the format of that name.

    Raises:
        UsageError: no format has that name.
    """
    for format_ in FORMATS:
        if format_.name == name:
            return format_
    raise UsageError(f"--format: {name!r} is not one of the formats {', '.join(FORMAT_NAMES)}")


def has_known_suffix(name: str) -> bool:
    """Return whether a file name, without the suffix of its compression, ends with the suffix of a format."""
    return name.lower().endswith(SUFFIXES)


def detect_format(source: OpenInput) -> Format:
    """Return the format of a file by its name, unless its content is certainly of another format.

    Raises:
        UnreadableInput: neither its name nor its content is of a known format.
    """
    name, head = source.file.name.lower(), source.head
    if head.startswith(_ARC_MAGIC):
        raise UnreadableInput("an ARC archive, the predecessor of WARC; convert it (warcio recompress does)")
    by_name = next((format_ for format_ in FORMATS if name.endswith(format_.suffixes)), None)
    by_content = next((format_ for format_ in FORMATS if format_.matches_head and format_.matches_head(head)), None)
    if by_name is None:
        detected = by_content
    elif name.endswith(_AMBIGUOUS_SUFFIXES):
        detected = html_page.FORMAT if by_content is html_page.FORMAT else by_name
    elif by_content in (warc.FORMAT, parquet.FORMAT):  # their first bytes occur in no other format
        detected = by_content
    else:
        detected = by_name
    if detected is None:
        raise UnreadableInput("neither its name nor its content is of a format that khabar can read")
    return detected
