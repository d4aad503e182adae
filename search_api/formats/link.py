"""Addresses of articles as links in documents."""

from urllib.parse import quote

_OF_ADDRESSES = "%:/?#[]@!$&'()*+,;="
"""What an address is made of besides letters, digits and - . _ ~ (RFC 3986); any other sign is written as its bytes."""


def link(url: str) -> str:
    """Return an address of ASCII alone, without signs that could end it in a document."""
    return quote(url, _OF_ADDRESSES, errors="replace")
