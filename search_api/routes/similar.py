"""`/v1/articles/{id}/similar`."""

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from search_api.routes.articles import article
from search_api.routes.openapi import in_query, problems
from search_api.routes.query_string import parameters_in_query
from search_api.routes.search import DESCRIPTION, run_search
from search_api.schemas.articles import ArticleResponse
from search_api.schemas.request import SearchParameters
from search_api.schemas.search import SearchResponse
from search_api.state import SharedState

router = APIRouter(tags=["articles"])

_PATH_END = b"/similar"
_END_OF_ID = (b"%2Fsimilar", b"%2fsimilar")
"""The end of the path of an article whose id ends like this route: its slashes are written as parts of the id."""

_ARTICLE = TypeAdapter(ArticleResponse)


@router.get(
    "/v1/articles/{article_id:path}/similar",
    response_model=SearchResponse,
    responses={**DESCRIPTION["responses"], **problems(404)},
    openapi_extra=in_query(SearchParameters),
)
async def similar(article_id: str, request: Request, state: SharedState) -> Response:
    """Return articles like an article, in any language; its near-duplicates are left out."""
    if request.scope.get("raw_path", _PATH_END).endswith(_END_OF_ID):
        found = await article(f"{article_id}/similar", request, state)
        return Response(_ARTICLE.dump_json(found), media_type="application/json")
    parameters = parameters_in_query(request, SearchParameters)
    return await run_search(request, parameters.query_like(article_id), parameters, state)
