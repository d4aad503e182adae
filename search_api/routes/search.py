"""`/v1/search`."""

from collections import Counter
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from indexer.snapshot.errors import ArticleNotFound
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.search import TIMED_STAGES, Timing, search
from search_api.access.disconnection import has_disconnected
from search_api.access.search_price import search_price
from search_api.metrics import SERIALISE
from search_api.routes.openapi import KEY_PROBLEMS, in_query, problems
from search_api.schemas.request import SearchBody, SearchParameters, SearchRequest
from search_api.schemas.search import SearchResponse
from search_api.state import SharedState, State, state_of

router = APIRouter(tags=["search"])

Parameters = TypeVar("Parameters", bound=SearchParameters)

# Typed for the OpenAPI document; the bytes are made once, off the event loop, and not checked again.
_DESCRIPTION: dict[str, Any] = {
    "response_model": SearchResponse,
    "responses": problems(*KEY_PROBLEMS, 409, 503),
}


@router.get("/v1/search", **_DESCRIPTION, openapi_extra=in_query(SearchRequest))
async def search_get(request: Request) -> Response:
    """Return the best paragraphs for a query, whatever language they are written in."""
    state = state_of(request)
    parameters = parameters_in_query(request, SearchRequest)
    return await run_search(request, parameters.to_query(), parameters.index_version, state)


@router.post("/v1/search", **_DESCRIPTION)
async def search_post(parameters: SearchBody, request: Request, state: SharedState) -> Response:
    """Do the same as GET, with the parameters as JSON; or find articles like a text."""
    return await run_search(request, parameters.to_query(), parameters.index_version, state)


async def run_search(request: Request, query: Query, index_version: str | None, state: State) -> Response:
    """Answer with the hits of a query from the version that is served, which must be `index_version` if that is given.

    Raises:
        HTTPException: 404 for an article that the version does not have, 409 for another version, 503.
    """
    snapshot = state.holder.current
    has_static_encoder = snapshot is not None and snapshot.encoders.sentences is not None
    price = search_price(query, has_static_encoder=has_static_encoder)
    return await state.admission.run_priced(
        price, partial(has_disconnected, request), _answer, query, index_version, state
    )


def parameters_in_query(request: Request, model: type[Parameters]) -> Parameters:
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
        return model.model_validate(parameters)
    except ValidationError as error:
        raise RequestValidationError(
            [{**entry, "loc": ("query", *entry["loc"])} for entry in error.errors()]
        ) from error


def _answer(query: Query, index_version: str | None, state: State) -> Response:
    with state.borrow_snapshot() as snapshot:
        _refuse_other_version(index_version, snapshot)
        encode = partial(state.query_cache.encode, snapshot) if state.query_cache else None
        try:
            result = search(snapshot, query, encode)
        except ArticleNotFound as error:
            raise HTTPException(404, f"article_id: {error}") from error
        started = perf_counter()
        content = SearchResponse.of(result, snapshot.manifest).to_json()
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
