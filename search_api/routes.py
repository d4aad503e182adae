"""HTTP version 1: thin handlers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from search_api.errors import MEDIA_TYPE
from search_api.schemas import (
    ArticleResponse,
    Health,
    IndexResponse,
    Problem,
    SearchRequest,
    SearchResponse,
)
from search_api.search import search
from search_api.state import SharedState, State

router = APIRouter()


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in statuses}


def _each_once(request: Request) -> None:
    """Refuse a parameter that is given twice: only one of its values would count."""
    names = [name for name, _ in request.query_params.multi_items()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RequestValidationError(
            [{"type": "repeated", "loc": ("query", name), "msg": "is given more than once"} for name in twice]
        )


@router.get("/v1/search", responses=_problems(422, 503), tags=["search"], dependencies=[Depends(_each_once)])
async def search_get(parameters: Annotated[SearchRequest, Query()], state: SharedState) -> SearchResponse:
    """Return the best paragraphs for a query, whatever language they are written in."""
    return await _answer(parameters, state)


@router.post("/v1/search", responses=_problems(422, 503), tags=["search"])
async def search_post(parameters: SearchRequest, state: SharedState) -> SearchResponse:
    """Do the same as GET, with the parameters as JSON."""
    return await _answer(parameters, state)


async def _answer(parameters: SearchRequest, state: State) -> SearchResponse:
    snapshot, query = state.snapshot(), parameters.to_query()
    result = await state.run(search, snapshot, query)
    return SearchResponse.of(query, result, snapshot.manifest)


# ":path" because article ids may hold slashes.
@router.get("/v1/articles/{article_id:path}", responses=_problems(404, 503), tags=["articles"])
async def article(article_id: str, state: SharedState) -> ArticleResponse:
    """Return an article with its paragraphs."""
    stored = await state.run(state.snapshot().corpus.article, article_id)
    if stored is None:
        raise HTTPException(404, f"article_id: no article {article_id!r} in this index")
    return ArticleResponse.whole(stored)


@router.get("/v1/index", responses=_problems(503), tags=["index"])
async def index(state: SharedState) -> IndexResponse:
    """Describe the snapshot that is served."""
    return IndexResponse.of(state.snapshot())


@router.get("/healthz", tags=["health"])
async def health() -> Health:
    """Tell that the process is up."""
    return Health(status="ok")


@router.get("/readyz", responses=_problems(503), tags=["health"])
async def ready(state: SharedState) -> Health:
    """Tell whether a snapshot is loaded and has answered a query."""
    state.snapshot()
    return Health(status="ok")
