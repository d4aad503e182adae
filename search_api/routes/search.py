"""`/v1/search`."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from indexer.snapshot.search.query import Query
from search_api.access.disconnection import has_disconnected
from search_api.formats.registry import EXPORT_FORMATS
from search_api.routes.answer import answer, price_of
from search_api.routes.export import export
from search_api.routes.openapi import KEY_PROBLEMS, in_query, problems
from search_api.routes.plain_route import PlainRoute
from search_api.routes.query_string import parameters_in_query
from search_api.schemas.request import Format, SearchBody, SearchParameters, SearchRequest
from search_api.schemas.search import SearchResponse
from search_api.state import SharedState, State, state_of

router = APIRouter(tags=["search"])

# Typed for the OpenAPI document; the bytes are made once, off the event loop, and not checked again.
DESCRIPTION: dict[str, Any] = {
    "response_model": SearchResponse,
    "responses": {
        200: {
            "content": {
                EXPORT_FORMATS[name].media_type: {"schema": {"type": "string"}}
                for name in Format
                if name is not Format.JSON
            }
        },
        **problems(*KEY_PROBLEMS, 409, 503),
    },
}


@router.get("/v1/search", **DESCRIPTION, openapi_extra=in_query(SearchRequest))
async def search_get(request: Request) -> Response:
    """Return the best paragraphs for a query, whatever language they are written in."""
    state = state_of(request)
    parameters = parameters_in_query(request, SearchRequest)
    return await run_search(request, parameters.to_query(), parameters, state)


plain_route = PlainRoute("/v1/search", search_get, methods=["GET"])
"""The route of nearly every request, before all others."""


@router.post("/v1/search", **DESCRIPTION)
async def search_post(parameters: SearchBody, request: Request, state: SharedState) -> Response:
    """Do the same as GET, with the parameters as JSON; or find articles like a text."""
    return await run_search(request, parameters.to_query(), parameters, state)


async def run_search(request: Request, query: Query, parameters: SearchParameters, state: State) -> Response:
    """Answer with the hits of a query from the version that is served, as its parameters say.

    Raises:
        ArticleNotFound, FormatMismatch: as `search` does.
        HTTPException: 409 for another version than the one that is asked for, 503.
    """
    if parameters.format is not Format.JSON:
        return await export(request, query, parameters, EXPORT_FORMATS[parameters.format], state)
    price = price_of(query, state)
    is_gone = partial(has_disconnected, request)
    return await state.admission.run_priced(price, is_gone, _response, query, parameters, state)


def _response(query: Query, parameters: SearchParameters, state: State) -> Response:
    with state.borrow_snapshot() as snapshot:
        answered = answer(
            query, parameters.index_version, snapshot, state, require_complete=parameters.require_complete
        )
    headers = {"Server-Timing": answered.server_timing}
    return Response(answered.content, media_type="application/json", headers=headers)
