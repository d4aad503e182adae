"""HTTP version 1: thin handlers."""

from time import perf_counter
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from search_api.errors import MEDIA_TYPE
from search_api.metrics import CONTENT_TYPE
from search_api.schemas import (
    ArticleResponse,
    Health,
    IndexResponse,
    Problem,
    SearchRequest,
    SearchResponse,
)
from search_api.search import Timing, search
from search_api.state import SharedState, State, state_of

router = APIRouter()


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in statuses}


def _in_query(parameters: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAPI description of parameters that are read from the query string by hand."""
    schema = parameters.model_json_schema(ref_template="#/components/schemas/{model}")
    required = schema.get("required", ())
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "schema": field,
                "description": field.get("description", ""),
            }
            for name, field in schema["properties"].items()
        ]
    }


def _parameters(request: Request) -> SearchRequest:
    """Return the parameters in a query string.

    Read by hand: when FastAPI solves a model of query parameters, that takes a tenth of the time that
    Python has for a request.

    Raises:
        RequestValidationError: one is wrong, unknown, or given twice; only one of its values would count.
    """
    given = request.query_params.multi_items()
    parameters = dict(given)
    if len(parameters) < len(given):
        names = [name for name, _ in given]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise RequestValidationError(
            [{"type": "repeated", "loc": ("query", name), "msg": "is given more than once"} for name in twice]
        )
    try:
        return SearchRequest.model_validate(parameters)
    except ValidationError as error:
        raise RequestValidationError(
            [{**found, "loc": ("query", *found["loc"])} for found in error.errors()]
        ) from error


# Typed for the OpenAPI document; the bytes are made once, off the event loop, and not checked again.
_SEARCH: dict[str, Any] = {"response_model": SearchResponse, "responses": _problems(422, 503), "tags": ["search"]}


@router.get("/v1/search", **_SEARCH, openapi_extra=_in_query(SearchRequest))
async def search_get(request: Request) -> Response:
    """Return the best paragraphs for a query, whatever language they are written in."""
    state = state_of(request)
    return await state.work.run(_answer, _parameters(request), state)


@router.post("/v1/search", **_SEARCH)
async def search_post(parameters: SearchRequest, state: SharedState) -> Response:
    """Do the same as GET, with the parameters as JSON."""
    return await state.work.run(_answer, parameters, state)


def _answer(parameters: SearchRequest, state: State) -> Response:
    snapshot, query = state.snapshot(), parameters.to_query()
    result = search(snapshot, query, state.cache)
    started = perf_counter()
    content = SearchResponse.of(query, result, snapshot.manifest).to_json()
    serialise_s = perf_counter() - started
    state.metrics.searched(result.timing_ms, serialise_s)
    return Response(
        content, media_type="application/json", headers={"Server-Timing": _server_timing(result.timing_ms, serialise_s)}
    )


def _server_timing(timing_ms: Timing, serialise_s: float) -> str:
    """Return the stages as browsers and proxies read them, in milliseconds (W3C Server Timing)."""
    stages = {name: getattr(timing_ms, name) for name in ("encode", "search", "fetch", "total")}
    return ", ".join(f"{name};dur={ms:.3f}" for name, ms in {**stages, "serialise": 1000 * serialise_s}.items())


# ":path" because article ids may hold slashes.
@router.get("/v1/articles/{article_id:path}", responses=_problems(404, 503), tags=["articles"])
async def article(article_id: str, state: SharedState) -> ArticleResponse:
    """Return an article with its paragraphs."""
    stored = await state.work.run(state.snapshot().corpus.article, article_id)
    if stored is None:
        raise HTTPException(404, f"article_id: no article {article_id!r} in this index")
    return ArticleResponse.whole(stored)


@router.get("/v1/index", responses=_problems(503), tags=["index"])
async def index(state: SharedState) -> IndexResponse:
    """Describe the snapshot that is served."""
    return IndexResponse.of(state.snapshot())


@router.get("/metrics", include_in_schema=False)
async def metrics(state: SharedState) -> Response:
    """Return counters, gauges and histograms for Prometheus."""
    return Response(state.metrics.exposition(state.holder.current), media_type=CONTENT_TYPE)


@router.get("/healthz", tags=["health"])
async def health() -> Health:
    """Tell that the process is up."""
    return Health(status="ok")


@router.get("/readyz", responses=_problems(503), tags=["health"])
async def ready(state: SharedState) -> Health:
    """Tell whether a snapshot is loaded and has answered a query."""
    state.snapshot()
    return Health(status="ok")
