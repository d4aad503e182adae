"""HTTP version 1: thin handlers."""

from time import perf_counter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from indexer.snapshot.format.manifest import age_s
from indexer.snapshot.reader import Snapshot
from search_api.alerts import read_alerts, read_feed
from search_api.errors import MEDIA_TYPE
from search_api.metrics import CONTENT_TYPE
from search_api.schemas.schemas import (
    AlertsResponse,
    ArticleResponse,
    Health,
    IndexRef,
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
_SEARCH: dict[str, Any] = {"response_model": SearchResponse, "responses": _problems(409, 422, 503), "tags": ["search"]}


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
    query = parameters.to_query()
    with state.snapshot() as snapshot:
        _still_served(parameters.index_version, snapshot)
        result = search(snapshot, query, state.cache)
        started = perf_counter()
        content = SearchResponse.of(query, result, snapshot.manifest).to_json()
    serialise_s = perf_counter() - started
    state.metrics.searched(result.timing_ms, serialise_s)
    return Response(
        content, media_type="application/json", headers={"Server-Timing": _server_timing(result.timing_ms, serialise_s)}
    )


def _still_served(wanted: str | None, snapshot: Snapshot) -> None:
    """Refuse to go on with the pages of a version that is gone: another one's hits would repeat or be missing."""
    version = snapshot.manifest.version
    if wanted is not None and wanted != version:
        raise HTTPException(
            409, f"index_version: {wanted} is not served any more, {version} is; begin again with its first page"
        )


def _server_timing(timing_ms: Timing, serialise_s: float) -> str:
    """Return the stages as browsers and proxies read them, in milliseconds (W3C Server Timing)."""
    stages = {name: getattr(timing_ms, name) for name in ("encode", "search", "fetch", "total")}
    return ", ".join(f"{name};dur={ms:.3f}" for name, ms in {**stages, "serialise": 1000 * serialise_s}.items())


# ":path" because article ids may hold slashes.
@router.get("/v1/articles/{article_id:path}", responses=_problems(404, 503), tags=["articles"])
async def article(article_id: str, state: SharedState) -> ArticleResponse:
    """Return an article with its paragraphs."""
    return await state.work.run(_article, article_id, state)


def _article(article_id: str, state: State) -> ArticleResponse:
    with state.snapshot() as snapshot:
        stored = snapshot.article(article_id)
    if stored is None:
        raise HTTPException(404, f"article_id: no article {article_id!r} in this index")
    return ArticleResponse.whole(stored)


@router.get("/v1/alerts", response_model=AlertsResponse, responses=_problems(404, 422, 503), tags=["alerts"])
async def alerts(
    state: SharedState,
    saved_search: Annotated[str | None, Query(description="Only of this saved search; not for Atom.")] = None,
    as_format: Annotated[Literal["json", "atom"], Query(alias="format")] = "json",
) -> Response:
    """Return what saved searches have found among what is new in the version that is served."""
    return await state.work.run(_alerts, state, saved_search, as_format)


def _alerts(state: State, saved_search: str | None, as_format: str) -> Response:
    snapshot = state.described()
    layout = state.store.alerts(snapshot.manifest.version)
    try:
        if as_format == "atom":
            return Response(read_feed(layout, snapshot.hidden), media_type="application/atom+xml")
        found = read_alerts(layout, snapshot.hidden)
    except FileNotFoundError as error:
        raise HTTPException(
            404, f"saved searches were not run for {layout.version}: `khabar index alerts` runs them"
        ) from error
    wanted = [alert for alert in found if saved_search in (None, alert.saved_search)]
    return Response(AlertsResponse(IndexRef.of(snapshot.manifest), wanted).to_json(), media_type="application/json")


@router.get("/v1/index", responses=_problems(503), tags=["index"])
async def index(state: SharedState) -> IndexResponse:
    """Describe the snapshot that is served."""
    return IndexResponse.describing(state.described())


@router.get("/metrics", include_in_schema=False)
async def metrics(state: SharedState) -> Response:
    """Return counters, gauges and histograms for Prometheus."""
    return Response(state.metrics.exposition(state.holder.current, state.max_age_h), media_type=CONTENT_TYPE)


@router.get("/healthz", tags=["health"])
async def health() -> Health:
    """Tell that the process is up."""
    return Health(status="ok")


@router.get("/readyz", responses=_problems(503), tags=["health"])
async def ready(state: SharedState) -> Health:
    """Tell whether a snapshot is loaded and has answered a query, and is not older than it may be."""
    age_h = age_s(state.described().manifest) / 3600
    if state.max_age_h is not None and age_h > state.max_age_h:
        raise HTTPException(
            503, f"the index is {age_h:.1f} hours old, more than KHABAR_MAX_AGE_H allows ({state.max_age_h:g})"
        )
    return Health(status="ok")
