"""`/v1/articles/{id}/similar`."""

from fastapi import APIRouter, Request, Response

from search_api.routes.openapi import KEY_PROBLEMS, in_query, problems
from search_api.routes.search import parameters_in_query, run_search
from search_api.schemas.request import SearchParameters
from search_api.schemas.search import SearchResponse
from search_api.state import SharedState

router = APIRouter(tags=["articles"])


@router.get(
    "/v1/articles/{article_id:path}/similar",
    response_model=SearchResponse,
    responses=problems(*KEY_PROBLEMS, 404, 409, 503),
    openapi_extra=in_query(SearchParameters),
)
async def similar(article_id: str, request: Request, state: SharedState) -> Response:
    """Return articles like an article, in any language; its near-duplicates are left out."""
    parameters = parameters_in_query(request, SearchParameters)
    return await run_search(request, parameters.query_like(article_id), parameters.index_version, state)
