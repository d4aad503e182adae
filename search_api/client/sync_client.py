"""The client for programs without asyncio."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx

from indexer.snapshot.saved_searches.saved_search import SavedSearch
from indexer.snapshot.search.page import Hit
from search_api.client import answers, calls
from search_api.client.calls import Call
from search_api.client.connection import MAX_WAIT_S, RETRIES, TIMEOUT_S, Connection
from search_api.client.options import BatchSearch, Moment, SearchOptions
from search_api.client.paging import largest_pages, next_page
from search_api.schemas.alerts import AlertsResponse
from search_api.schemas.articles import ArticleResponse
from search_api.schemas.builds import BuildsResponse
from search_api.schemas.facets import FacetResponse
from search_api.schemas.index import IndexResponse
from search_api.schemas.problems import Problem
from search_api.schemas.search import SearchResponse

T = TypeVar("T")


class Client:
    """Asks a service; several threads may use it at once. Close it, or use it as a context manager.

    Every method raises ServiceError, ServiceUnreachable or UnexpectedAnswer, which are ClientErrors.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str | None = None,
        timeout_s: float = TIMEOUT_S,
        retries: int = RETRIES,
        max_wait_s: float = MAX_WAIT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Take the address, and a key if the service needs one.

        Connecting may take `timeout_s`, and so may each wait for a part of an answer. A refusal that ends soon, or a
        broken connection, is followed by up to `retries` further attempts, which wait for `max_wait_s` together at
        most; with 0 there are none. `transport` sends the requests in place of the usual connections, such as through
        a proxy.
        """
        self._connection = Connection(base_url, key, timeout_s, retries, max_wait_s)
        self._http = httpx.Client(transport=self._connection.transport(transport), **self._connection.options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def search(self, q: str, **options: Unpack[SearchOptions]) -> SearchResponse:
        """Return the best paragraphs for a query, whatever language they are written in."""
        return self._send(calls.search(q, None, None, options))

    def search_like(self, text: str, **options: Unpack[SearchOptions]) -> SearchResponse:
        """Return the best paragraphs of articles like a text."""
        return self._send(calls.search(None, text, None, options))

    def similar(self, article_id: str, **options: Unpack[SearchOptions]) -> SearchResponse:
        """Return articles like an article of the index, without its near-duplicates."""
        return self._send(calls.search(None, None, article_id, options))

    def search_batch(self, searches: Sequence[BatchSearch]) -> list[SearchResponse | Problem]:
        """Do up to 100 searches at once, and return for each its answer, or what is wrong with it."""
        return self._send(calls.search_batch(searches))

    def pages(
        self,
        q: str | None = None,
        *,
        like: str | None = None,
        similar_to: str | None = None,
        **options: Unpack[SearchOptions],
    ) -> Iterator[SearchResponse]:
        """Yield the pages of a search for a query, for articles like a text, or for articles like one of the index.

        All are from one version.

        Raises:
            VersionChanged: between two pages, the service has begun to serve another version.
        """
        page = self._send(calls.search(q, like, similar_to, options))
        yield page
        while (following := next_page(options, page)) is not None:
            options = following
            page = self._send(calls.search(q, like, similar_to, options))
            if page.hits:
                yield page

    def hits(
        self,
        q: str | None = None,
        *,
        like: str | None = None,
        similar_to: str | None = None,
        **options: Unpack[SearchOptions],
    ) -> Iterator[Hit]:
        """Yield the hits of all pages; `k` is the size of a page, by default the largest.

        Raises:
            VersionChanged: as for `pages`.
        """
        for page in self.pages(q, like=like, similar_to=similar_to, **largest_pages(options)):
            yield from page.hits

    def export(
        self,
        q: str | None = None,
        *,
        like: str | None = None,
        similar_to: str | None = None,
        **options: Unpack[SearchOptions],
    ) -> Iterator[Hit]:
        """Yield up to `k` hits, 10,000 by default, while the service writes them, all from one version."""
        call = calls.export(calls.search(q, like, similar_to, options), "jsonl", calls.read_hit)
        lines = answers.Lines()
        for part in self._stream(call):
            for line in lines.feed(part):
                yield answers.read_part(call, line)
        lines.end()

    def export_file(
        self,
        file_format: str,
        q: str | None = None,
        *,
        like: str | None = None,
        similar_to: str | None = None,
        **options: Unpack[SearchOptions],
    ) -> Iterator[bytes]:
        """Yield the parts of a file of hits, in the format "jsonl", "csv", "rss" or "atom"."""
        yield from self._stream(calls.export(calls.search(q, like, similar_to, options), file_format, bytes))

    def article(self, article_id: str) -> ArticleResponse:
        """Return an article with its paragraphs."""
        return self._send(calls.article(article_id))

    def facets(self, field: str, prefix: str = "", k: int | None = None) -> FacetResponse:
        """Return the values that a field has in the whole index, with the number of articles that have each."""
        return self._send(calls.facets(field, prefix, k))

    def index(self) -> IndexResponse:
        """Return what the service says about the version that it serves."""
        return self._send(calls.index())

    def builds(self, limit: int | None = None) -> BuildsResponse:
        """Return how the versions that are on disk were built, the newest first."""
        return self._send(calls.builds(limit))

    def alerts(
        self,
        saved_search: str | None = None,
        *,
        since: Moment | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> AlertsResponse:
        """Return a page of what saved searches have found; `before` is the `next` of the page before."""
        return self._send(calls.alerts(saved_search, since, before, limit))

    def alerts_feed(
        self,
        saved_search: str | None = None,
        *,
        file_format: str = "atom",
        since: Moment | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Return a page of alerts as a feed, "atom" or "rss"."""
        return self._send(calls.alerts_feed(saved_search, since, before, limit, file_format))

    def saved_searches(self) -> list[SavedSearch]:
        """Return all saved searches of the store."""
        return self._send(calls.saved_searches())

    def saved_search(self, search_id: str) -> SavedSearch:
        """Return a saved search."""
        return self._send(calls.saved_search(search_id))

    def add_saved_search(self, saved: SavedSearch) -> SavedSearch:
        """Add a saved search, and return it as the service has it."""
        return self._send(calls.add_saved_search(saved))

    def replace_saved_search(self, saved: SavedSearch) -> SavedSearch:
        """Put a saved search in the place of the one with its id."""
        return self._send(calls.replace_saved_search(saved))

    def remove_saved_search(self, search_id: str) -> None:
        """Remove a saved search; what it has found stays in the history."""
        return self._send(calls.remove_saved_search(search_id))

    def run_saved_search(self, search_id: str) -> SearchResponse:
        """Return what a saved search finds in the whole index; no alert is recorded."""
        return self._send(calls.run_saved_search(search_id))

    def _send(self, call: Call[T]) -> T:
        try:
            answer = self._http.send(self._http.build_request(**self._connection.request(call)))
        except httpx.HTTPError as error:
            raise answers.error_of(error, self._http.base_url) from error
        return answers.result_of(call, answer)

    def _stream(self, call: Call[T]) -> Iterator[bytes]:
        """Yield the body of an answer while it comes."""
        try:
            with self._http.stream(**self._connection.request(call)) as answer:
                if not answer.is_success:
                    answer.read()
                answers.raise_for_problem(answer)
                yield from answer.iter_bytes()
        except httpx.HTTPError as error:
            raise answers.error_of(error, self._http.base_url) from error
