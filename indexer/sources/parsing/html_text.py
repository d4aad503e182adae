"""Text of HTML: of fragments in feeds, line by line."""

from lxml import etree, html

_BLOCKS = frozenset(
    """address article aside blockquote br dd div dl dt figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre
    section table td th tr ul""".split()  # noqa: SIM905  # a list of forty strings is no easier to read
)
_UNREAD = ("script", "style", "noscript", "iframe", "svg", "figcaption")


def fragment_lines(fragment: str) -> list[str]:
    """Return the text of an HTML fragment, a line for each block, with entities resolved; plain text stays as it is."""
    if "<" not in fragment and "&" not in fragment:
        return [line for line in map(str.strip, fragment.splitlines()) if line]
    try:
        root = html.fragment_fromstring(fragment, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return [line for line in map(str.strip, fragment.splitlines()) if line]
    etree.strip_elements(root, *_UNREAD, with_tail=False)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    parts: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCKS:
            parts.append("\n")
        if event == "start":
            parts.append((element.text or "").replace("\n", " "))
        elif element is not root:
            parts.append((element.tail or "").replace("\n", " "))
    return [line for line in (" ".join(part.split()) for part in "".join(parts).split("\n")) if line]
