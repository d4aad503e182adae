"""What Atom and RSS feeds of a search have in common."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from urllib.parse import quote

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.search.page import Hit
from indexer.snapshot.text.xml import xml_text
from search_api.formats.export_format import ExportedSearch
from search_api.formats.link import link


def feed_of(
    search: ExportedSearch, parts: Iterable[Sequence[Hit]], set_text: Callable[[FeedEntry, str], None]
) -> FeedGenerator:
    """Return a feed with an entry for each hit, in their order; `set_text` gives an entry its paragraph.

    The entry of an article has the same id in every version, so that feed readers show it once. If several paragraphs
    of an article are hits, the second and later ones have ids of their own. The feed itself leads to the page of its
    search, and the entry of an article without an address to the page of the article.
    """
    feed = FeedGenerator()
    feed.load_extension("dc", atom=False)  # RSS itself has authors with addresses of mail alone
    links = search.links
    address = (links and links.own) or f"urn:khabar:search:{quote(search.text, '')}"
    feed.id(address)
    feed.title(xml_text(f"khabar: {search.text}"))
    feed.description(xml_text(search.text) or "-")
    feed.updated(search.created_at)
    feed.author({"name": "khabar"})
    feed.link(href=address, rel="self")
    if links is not None:
        feed.link(href=links.search, rel="alternate")  # the last one is the link of RSS
    articles: set[str] = set()
    for hit in chain.from_iterable(parts):
        kind, name = ("paragraph", hit.paragraph.id) if hit.article.id in articles else ("article", hit.article.id)
        articles.add(hit.article.id)
        entry = _add_entry(feed, hit, f"urn:khabar:{kind}:{quote(name, '')}", search)
        set_text(entry, xml_text(hit.paragraph.text) or "-")
    return feed


def _add_entry(feed: FeedGenerator, hit: Hit, entry_id: str, search: ExportedSearch) -> FeedEntry:
    article = hit.article
    entry: FeedEntry = feed.add_entry(order="append")
    entry.id(entry_id)
    source = xml_text(article.source or "") or "khabar"
    entry.title(xml_text(article.title or "") or xml_text(article.id) or "-")
    entry.author({"name": source})
    entry.dc.dc_creator(source)
    entry.category(term=article.language)
    published = _moment(article.published_at)
    entry.updated(published or search.created_at)
    if published is not None:
        entry.published(published)
    if article.url:
        entry.link(href=link(article.url), hreflang=article.language)
    elif search.links is not None:
        entry.link(href=search.links.pages.article(article.id))
    return entry


def _moment(published_at: str | None) -> str | None:
    """Return the time of an article as feeds need it: of a day, its beginning in UTC."""
    if published_at is None:
        return None
    return f"{published_at}T00:00:00Z" if PublicationTime.parse(published_at).is_day else published_at
