"""HTML entities in fields that are no HTML: many databases have `&quot;` where the page has a quotation mark."""

import html
import re

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def decode_entities(text: str) -> str:
    """Return a text with its HTML entities decoded, once; what only looks like one stays, such as `&c;` or `AT&T`."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text
