"""Answers that have hits alone, in a format that is written while the client reads it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from threading import Lock

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from indexer.snapshot.content.article import ArticleSummary
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.stream import PART_HITS, stream
from search_api.access.disconnection import has_disconnected
from search_api.access.export_slots import MAX_EXPORT_S, client_of
from search_api.formats.export_format import ExportedSearch, ExportFormat, FeedLinks
from search_api.routes.answer import price_of, refuse_other_version
from search_api.routes.feed_links import feed_links
from search_api.schemas.request import SearchParameters
from search_api.state import State


async def export(
    request: Request, query: Query, parameters: SearchParameters, written_as: ExportFormat, state: State
) -> Response:
    """Answer with the hits of a query in a format, from the version that is served, as its parameters say.

    The version stays open until all hits are written or the client has gone.

    Raises:
        ArticleNotFound, FormatMismatch: as `search` does.
        HTTPException: 409 for another version, 503 if too many exports are running.
    """
    with ExitStack() as resources:
        resources.enter_context(state.exports.take(client_of(request)))
        links = feed_links(request, query.target, parameters)
        write = partial(_reader, query, parameters.index_version, written_as, links, state)
        price = price_of(replace(query, k=min(query.k, PART_HITS)), state)
        is_gone = partial(has_disconnected, request)
        reader = await state.admission.run_priced(price, is_gone, write)
        resources.callback(reader.end)
        pieces = _pieces(partial(state.admission.run_begun, price, reader.next))
        return _ExportResponse(pieces, resources.pop_all(), written_as, reader.version)


class _ExportResponse(StreamingResponse):
    """Sends pieces of a file, and lets go of all resources when it ends, for whatever reason."""

    def __init__(
        self, pieces: AsyncIterator[bytes], resources: ExitStack, written_as: ExportFormat, version: str
    ) -> None:
        super().__init__(pieces, media_type=written_as.media_type)
        if written_as.extension is not None:
            name = f"khabar-{version}.{written_as.extension}"
            self.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        self._resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or break off: a client that reads too slowly would keep its version open."""
        with self._resources:
            async with asyncio.timeout(MAX_EXPORT_S):
                await super().__call__(scope, receive, send)


class _PieceReader:
    """Reads the pieces of an export, on one thread at a time; `end` is for the event loop.

    A client may go while a thread reads. The snapshot is then closed by that thread, after its piece.
    """

    def __init__(self, pieces: Iterator[bytes], version: str, snapshot_lease: ExitStack) -> None:
        self.version = version
        self._pieces = pieces
        self._lease = snapshot_lease
        self._guard = Lock()
        self._reads = self._ended = False

    def next(self) -> bytes | None:
        """Return the next piece, or None after the last one."""
        if not self._begin():
            return None
        try:
            return next(self._pieces, None)
        finally:
            self._finish()

    def end(self) -> None:
        """Let go of the snapshot, as soon as no thread reads it."""
        with self._guard:
            self._ended = True
            is_free = not self._reads
        if is_free:
            self._lease.close()

    def _begin(self) -> bool:
        with self._guard:
            self._reads = not self._ended
            return self._reads

    def _finish(self) -> None:
        with self._guard:
            self._reads = False
            is_last = self._ended
        if is_last:
            self._lease.close()


def _reader(
    query: Query, index_version: str | None, written_as: ExportFormat, links: FeedLinks, state: State
) -> _PieceReader:
    """Rank the hits of a query, and return what writes them."""
    with ExitStack() as lease:
        snapshot = lease.enter_context(state.borrow_snapshot())
        refuse_other_version(index_version, snapshot)
        found = stream(snapshot, query, state.encoder(snapshot))
        search = ExportedSearch.of(found.text, snapshot.manifest, links)
        pieces = written_as.write(search, _shown_parts(found.parts(), state))
        # So that an error in the first hits has an answer of its own; CSV has the names of its columns before them.
        first = list(islice(pieces, 2))
        return _PieceReader(chain(first, pieces), snapshot.manifest.version, lease.pop_all())


async def _pieces(read: Callable[[], Awaitable[bytes | None]]) -> AsyncIterator[bytes]:
    while (piece := await read()) is not None:
        if piece:
            yield piece


def _shown_parts(parts: Iterator[Sequence[Hit]], state: State) -> Iterator[Sequence[Hit]]:
    """Yield the parts without what was taken down since the hits were ranked.

    Raises:
        HTTPException: 503 if the version was withdrawn, because reading its files on may end the process.
    """
    while True:
        state.current_snapshot()
        hits = next(parts, None)
        if hits is None:
            return
        hidden = state.current_snapshot().hidden
        yield [_without(hit, hidden) for hit in hits if hit.article.id not in hidden] if hidden else hits


def _without(hit: Hit, hidden: Collection[str]) -> Hit:
    def shown(articles: Sequence[ArticleSummary]) -> tuple[ArticleSummary, ...]:
        return tuple(article for article in articles if article.id not in hidden)

    return replace(hit, duplicates=shown(hit.duplicates), also_reported=shown(hit.also_reported))
