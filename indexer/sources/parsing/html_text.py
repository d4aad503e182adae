"""Plain text of HTML fragments, such as the entries of feeds."""

from lxml import etree, html

_BLOCK_ELEMENTS = frozenset(
    """address article aside blockquote br dd div dl dt figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre
    section table td th tr ul""".split()  # noqa: SIM905  # a list of forty strings is no easier to read
)
_REMOVED_ELEMENTS = ("script", "style", "noscript", "iframe", "svg", "figcaption")


def fragment_lines(fragment: str) -> list[str]:
    """Return the text of an HTML fragment, one line for each block element, with entities resolved.

    A text without markup keeps its own lines.
    """
    if "<" not in fragment and "&" not in fragment:
        return _nonblank_lines(fragment)
    try:
        root = html.fragment_fromstring(fragment, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return _nonblank_lines(fragment)
    etree.strip_elements(root, *_REMOVED_ELEMENTS, with_tail=False)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    parts: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCK_ELEMENTS:
            parts.append("\n")
        if event == "start":
            parts.append((element.text or "").replace("\n", " "))
        elif element is not root:
            parts.append((element.tail or "").replace("\n", " "))
    return [line for line in (" ".join(part.split()) for part in "".join(parts).split("\n")) if line]


def _nonblank_lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]
