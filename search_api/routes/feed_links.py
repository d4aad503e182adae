"""Which pages a feed links to, in the names that the search page has for the parameters of a search."""

from fastapi import Request

from indexer.snapshot.format.pages import Pages
from indexer.snapshot.search.query import ArticleTarget, Target, TextTarget
from search_api.formats.export_format import FeedLinks
from search_api.formats.link import link
from search_api.schemas.request import SearchParameters

_NAMES_ON_PAGE = {
    "language": "language",
    "source": "source",
    "tag": "tag",
    "author": "author",
    "published_from": "from",
    "published_to": "to",
    "since": "since",
    "sort": "sort",
    "mode": "mode",
}
"""What the search page calls those parameters of a search that it has."""


def pages_of(request: Request) -> Pages:
    """Return the pages of the service, at the address by which a client has asked it."""
    return Pages(str(request.base_url))


def feed_links(request: Request, target: Target, parameters: SearchParameters) -> FeedLinks:
    """Return the links of the feed of a search: its own address, unless it was asked for by POST, and its page.

    The search page cannot be asked for articles like a text, so the feed of such a search links to an empty one.
    """
    pages = pages_of(request)
    wanted: dict[str, str] = {}
    if isinstance(target, TextTarget):
        wanted["q"] = target.text
    elif isinstance(target, ArticleTarget):
        wanted["like"] = target.article_id
    if wanted:
        for name, shown in _NAMES_ON_PAGE.items():
            value, default = getattr(parameters, name), SearchParameters.model_fields[name].default
            if value not in (None, default):
                wanted[shown] = str(value)
    return FeedLinks(_own_address(request) if request.method == "GET" else None, pages.search(wanted), pages)


def _own_address(request: Request) -> str:
    """Return the address of a request as the client has written it: ids of articles may hold anything."""
    raw_path = request.scope.get("raw_path", request.url.path.encode())
    path, query = (part.decode("latin-1") for part in (raw_path, request.scope["query_string"]))
    return link(f"{request.url.scheme}://{request.url.netloc}{path}?{query}")
