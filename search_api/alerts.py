"""What saved searches have found in the version that is served, as `khabar index alerts` has written it."""

import json
from collections.abc import Collection
from urllib.parse import unquote
from xml.etree import ElementTree

from pydantic import TypeAdapter

from indexer.snapshot.layout import AlertsLayout
from search_api.schemas.schemas import AlertOut

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRY_ID = "urn:khabar:alert:"

_alert = TypeAdapter(AlertOut)


def read_alerts(layout: AlertsLayout, hidden: Collection[str]) -> list[AlertOut]:
    """Return all alerts but those of articles that are taken down.

    Raises:
        FileNotFoundError: the saved searches have not been run for this version.
    """
    lines = layout.lines.read_bytes().splitlines()
    alerts = [_alert.validate_python(json.loads(line)) for line in lines if line.strip()]
    return [alert for alert in alerts if alert.article.id not in hidden]


def read_feed(layout: AlertsLayout, hidden: Collection[str]) -> bytes:
    """Return the Atom feed without entries of articles that are taken down; raises as `read_alerts` does."""
    content = layout.feed.read_bytes()
    if not hidden:
        return content
    ElementTree.register_namespace("", _ATOM)
    feed = ElementTree.fromstring(content)  # noqa: S314  # written by khabar, in its own store
    for entry in feed.findall(f"{{{_ATOM}}}entry"):
        if _article_of(entry.findtext(f"{{{_ATOM}}}id", "")) in hidden:
            feed.remove(entry)
    shown: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return shown


def _article_of(entry_id: str) -> str:
    """Return the article of an entry, whose id ends with that of its paragraph: the article's and a digest."""
    paragraph = unquote(entry_id.removeprefix(_ENTRY_ID).rpartition(":")[2])
    return paragraph.rpartition(":")[0]
