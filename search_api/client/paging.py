"""Which page comes after a page."""

from indexer.snapshot.search.fields import MAX_HITS
from search_api.client.options import SearchOptions
from search_api.schemas.request import MAX_HIGHLIGHTED, MAX_OFFSET, SearchParameters
from search_api.schemas.search import SearchResponse

_DEFAULT_K: int = SearchParameters.model_fields["k"].default


def largest_pages(options: SearchOptions) -> SearchOptions:
    """Return the options of a search whose hits are wanted one by one: as few requests as possible."""
    return {**options, "k": options.get("k") or (MAX_HIGHLIGHTED if options.get("highlight") else MAX_HITS)}


def next_page(options: SearchOptions, page: SearchResponse) -> SearchOptions | None:
    """Return the options of the page after one, from the same version; None after the last page.

    The service skips at most 1,000 hits, so that there are no further pages then.
    """
    k = options.get("k") or _DEFAULT_K
    offset = (options.get("offset") or 0) + k
    if len(page.hits) < k or offset > MAX_OFFSET:
        return None
    return {**options, "offset": offset, "index_version": page.index.version}
