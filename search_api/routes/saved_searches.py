"""`/v1/saved-searches`: the file of saved searches, an entry for each of its lines."""

import asyncio
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from indexer.snapshot.errors import SavedSearchConflict, SavedSearchNotFound, StoreError, StoreNotFound
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.saved_searches.changes import add_saved_search, remove_saved_search, replace_saved_search
from indexer.snapshot.saved_searches.saved_search import SavedSearch
from indexer.snapshot.saved_searches.saved_search_file import read_saved_searches
from indexer.snapshot.search.fields import MAX_HITS
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.search import SearchResult
from search_api.access.admission import RETRY_AFTER
from search_api.access.disconnection import has_disconnected
from search_api.routes.answer import answer, price_of
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.saved_searches import SavedSearchesResponse, SavedSearchResponse, saved_searches_json
from search_api.schemas.search import SearchResponse
from search_api.state import SharedState, State

_JSON = "application/json"
_PATH = "/v1/saved-searches"
_ENTRY = f"{_PATH}/{{saved_search_id:path}}"  # ":path" because ids may hold slashes

_FOLDERS = frozenset({".", ".."})
"""Ids that no client can ask for: in a path they mean the folder itself and the one above it."""

_TURN_S = 5.0
"""So long a change waits for the changes before it."""

router = APIRouter(tags=["saved searches"])


@router.get(_PATH, response_model=SavedSearchesResponse, responses=problems(*KEY_PROBLEMS, 503))
async def saved_searches(request: Request, state: SharedState) -> Response:
    """Return all saved searches."""
    return await state.admission.run(partial(has_disconnected, request), _list, state.store)


@router.post(
    _PATH,
    status_code=201,
    response_model=SavedSearchResponse,
    responses={201: {"headers": {"Location": {"schema": {"type": "string"}}}}, **problems(*KEY_PROBLEMS, 409, 503)},
)
async def add(saved: SavedSearch, request: Request, state: SharedState) -> Response:
    """Add a saved search; it is offered what comes from then on."""
    if saved.id in _FOLDERS or any(unicodedata.category(char) == "Cc" for char in saved.id):
        raise _wrong_id("cannot be a part of a path: it has control characters, or means a folder")
    change = partial(add_saved_search, state.store, saved)
    await _changed(change, request, state)
    location = f"{_PATH}/{quote(saved.id, safe='')}"
    return Response(saved.model_dump_json(), status_code=201, media_type=_JSON, headers={"Location": location})


@router.post(f"{_ENTRY}/run", response_model=SearchResponse, responses=problems(*KEY_PROBLEMS, 404, 409, 503))
async def run(saved_search_id: str, request: Request, state: SharedState) -> Response:
    """Run a saved search over the whole version that is served; nothing is recorded, and nothing is sent."""
    is_gone = partial(has_disconnected, request)
    saved = await state.admission.run(is_gone, _find, state.store, saved_search_id)
    query = saved.to_query(MAX_HITS if saved.k is None else min(saved.k, MAX_HITS), 0)
    return await state.admission.run_priced(price_of(query, state), is_gone, _answer, query, saved.min_relevance, state)


@router.get(_ENTRY, response_model=SavedSearchResponse, responses=problems(*KEY_PROBLEMS, 404, 503))
async def saved_search(saved_search_id: str, request: Request, state: SharedState) -> Response:
    """Return a saved search."""
    hint = "; POST to this path runs a saved search" if saved_search_id.endswith("/run") else ""
    saved = await state.admission.run(partial(has_disconnected, request), _find, state.store, saved_search_id, hint)
    return Response(saved.model_dump_json(), media_type=_JSON)


@router.put(_ENTRY, response_model=SavedSearchResponse, responses=problems(*KEY_PROBLEMS, 404, 503))
async def put(saved_search_id: str, saved: SavedSearch, request: Request, state: SharedState) -> Response:
    """Put a saved search in the place of the one with its id."""
    if saved.id != saved_search_id:
        raise _wrong_id(f"is not {saved_search_id!r}, as in the path; an id cannot be changed")
    change = partial(replace_saved_search, state.store, saved)
    await _changed(change, request, state)
    return Response(saved.model_dump_json(), media_type=_JSON)


@router.delete(_ENTRY, status_code=204, responses=problems(*KEY_PROBLEMS, 404, 503))
async def remove(saved_search_id: str, request: Request, state: SharedState) -> Response:
    """Remove a saved search; what it has found stays in the history."""
    change = partial(remove_saved_search, state.store, saved_search_id)
    await _changed(change, request, state)
    return Response(status_code=204)


def _list(store: StoreLayout) -> Response:
    return Response(saved_searches_json(_read(store)), media_type=_JSON)


def _read(store: StoreLayout) -> list[SavedSearch]:
    try:
        return read_saved_searches(store)
    except StoreNotFound:  # nobody has written one yet
        return []
    except StoreError as error:  # no fault of the client
        raise HTTPException(503, str(error)) from error


def _find(store: StoreLayout, search_id: str, hint: str = "") -> SavedSearch:
    found = next((saved for saved in _read(store) if saved.id == search_id), None)
    if found is None:
        raise HTTPException(404, f"id: no saved search {search_id!r}{hint}")
    return found


async def _changed(change: Callable[[], None], request: Request, state: State) -> None:
    """Make a change on a thread; one after the other, because each may wait for the lock that others have on the file.

    Raises:
        HTTPException: 404, 409, 503.
    """
    try:
        async with asyncio.timeout(_TURN_S):
            await state.saved_search_changes.acquire()
    except TimeoutError as error:
        raise HTTPException(503, "too many changes are waiting; try again in a second", RETRY_AFTER) from error
    try:
        await state.admission.run(partial(has_disconnected, request), _change, change)
    finally:
        state.saved_search_changes.release()


def _change(change: Callable[[], None]) -> None:
    try:
        change()
    except SavedSearchNotFound as error:
        raise HTTPException(404, str(error)) from error
    except SavedSearchConflict as error:
        raise HTTPException(409, str(error)) from error
    except StoreError as error:  # the file cannot be used or written
        raise HTTPException(503, str(error)) from error


def _wrong_id(message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": ("body", "id"), "msg": message}])


def _answer(query: Query, min_relevance: float, state: State) -> Response:
    def narrow(result: SearchResult) -> SearchResult:
        relevant = tuple(hit for hit in result.hits if hit.relevance >= min_relevance)
        warnings = (*result.warnings, *_left_out(result.hits, relevant, min_relevance))
        return replace(result, hits=relevant, warnings=warnings)

    with state.borrow_snapshot() as snapshot:
        return Response(answer(query, None, snapshot, state, narrow).content, media_type=_JSON)


def _left_out(hits: Sequence[Hit], relevant: Sequence[Hit], min_relevance: float) -> Iterator[str]:
    """Yield that nothing is relevant enough, and how near the best hit is to it: the bound may be too high."""
    if hits and not relevant:
        best = "the only hit" if len(hits) == 1 else f"the best of {len(hits)} hits"
        yield f"min_relevance: {best} has {max(hit.relevance for hit in hits):g}, below {min_relevance:g}"
