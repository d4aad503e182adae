"""`/v1/facets`."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.exceptions import HTTPException

from indexer.snapshot.index.facets import Facet
from search_api.access.disconnection import has_disconnected
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.facets import DEFAULT_VALUES, MAX_VALUES, FacetResponse
from search_api.state import SharedState, State

_MAX_PREFIX_CHARS = 1_000

router = APIRouter(tags=["facets"])


# The field is not read as a Facet: another one is no part of this interface, which is 404, not 422.
@router.get("/v1/facets/{field}", responses=problems(*KEY_PROBLEMS, 404, 503))
async def facet(
    field: Annotated[str, Path(json_schema_extra={"enum": list(Facet)})],
    request: Request,
    state: SharedState,
    prefix: Annotated[
        str, Query(max_length=_MAX_PREFIX_CHARS, description="Only values that begin with this, in any spelling of it.")
    ] = "",
    k: Annotated[int, Query(ge=1, le=MAX_VALUES, description="How many values to return.")] = DEFAULT_VALUES,
) -> FacetResponse:
    """Return the values that a field has, and the number of articles with each."""
    return await state.admission.run(partial(has_disconnected, request), _facet, field, prefix, k, state)


def _facet(field: str, prefix: str, k: int, state: State) -> FacetResponse:
    if field not in set(Facet):
        raise HTTPException(404, f"field: {field!r} is none of {', '.join(Facet)}")
    with state.borrow_snapshot() as snapshot:
        return FacetResponse.of(snapshot, Facet(field), prefix, k)
