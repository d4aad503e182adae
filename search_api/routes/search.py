"""`/v1/search`."""

from collections import Counter
from functools import partial
from time import perf_counter
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.search import TIMED_STAGES, Timing, search
from indexer.snapshot.text.normalisation import for_query_encoder
from search_api.access.admission import SMALL_PRICE
from search_api.metrics import SERIALISE
from search_api.routes.openapi import KEY_PROBLEMS, in_query, problems
from search_api.schemas.request import SearchRequest, read_facets
from search_api.schemas.search import SearchResponse
from search_api.state import SharedState, State, state_of

router = APIRouter(tags=["search"])

# Typed for the OpenAPI document; the bytes are made once, off the event loop, and not checked again.
_DESCRIPTION: dict[str, Any] = {
    "response_model": SearchResponse,
    "responses": problems(*KEY_PROBLEMS, 409, 503),
}


@router.get("/v1/search", **_DESCRIPTION, openapi_extra=in_query(SearchRequest))
async def search_get(request: Request) -> Response:
    """Return the best paragraphs for a query, whatever language they are written in."""
    state = state_of(request)
    return await _run(request, _parameters(request), state)


@router.post("/v1/search", **_DESCRIPTION)
async def search_post(parameters: SearchRequest, request: Request, state: SharedState) -> Response:
    """Do the same as GET, with the parameters as JSON."""
    return await _run(request, parameters, state)


async def _run(request: Request, parameters: SearchRequest, state: State) -> Response:
    # Folding comes first, because one sign may stand for a sentence (U+FDFA has 18 letters).
    price = SMALL_PRICE + len(for_query_encoder(parameters.q)) + parameters.offset + parameters.k
    price += SMALL_PRICE * len(read_facets(parameters.facets))
    return await state.admission.run_priced(price, request.is_disconnected, _answer, parameters, state)


def _parameters(request: Request) -> SearchRequest:
    """Return the parameters in a query string.

    They are read by hand: where FastAPI reads a model of query parameters, that takes a tenth of the time
    that Python spends on a request.

    Raises:
        RequestValidationError: one is wrong, unknown, or given twice; only one of its values would count.
    """
    pairs = request.query_params.multi_items()
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        twice = sorted(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise RequestValidationError(
            [{"type": "repeated", "loc": ("query", name), "msg": "is given more than once"} for name in twice]
        )
    try:
        return SearchRequest.model_validate(parameters)
    except ValidationError as error:
        raise RequestValidationError(
            [{**entry, "loc": ("query", *entry["loc"])} for entry in error.errors()]
        ) from error


def _answer(parameters: SearchRequest, state: State) -> Response:
    query = parameters.to_query()
    with state.borrow_snapshot() as snapshot:
        _refuse_other_version(parameters.index_version, snapshot)
        encode = partial(state.query_cache.encode, snapshot) if state.query_cache else None
        result = search(snapshot, query, encode)
        started = perf_counter()
        content = SearchResponse.of(query, result, snapshot.manifest).to_json()
    serialise_s = perf_counter() - started
    state.metrics.count_search(result.timing_ms, serialise_s)
    headers = {"Server-Timing": _server_timing(result.timing_ms, serialise_s)}
    return Response(content, media_type="application/json", headers=headers)


def _refuse_other_version(index_version: str | None, snapshot: Snapshot) -> None:
    """Answer 409 to a later page of a version that is no longer served: hits would repeat or be missing."""
    version = snapshot.manifest.version
    if index_version is not None and index_version != version:
        raise HTTPException(
            409, f"index_version: {index_version} is not served any more, {version} is; begin again with its first page"
        )


def _server_timing(timing_ms: Timing, serialise_s: float) -> str:
    """Return the stages as browsers and proxies read them, in milliseconds (W3C Server Timing)."""
    stages = {name: getattr(timing_ms, name) for name in TIMED_STAGES} | {SERIALISE: 1000 * serialise_s}
    return ", ".join(f"{name};dur={ms:.3f}" for name, ms in stages.items())
