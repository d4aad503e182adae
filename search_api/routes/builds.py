"""`/v1/builds`."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException

from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.build_history import PastBuild, UnreadableBuild, last_builds, rejected_build
from search_api.access.disconnection import has_disconnected
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.builds import DEFAULT_BUILDS, MAX_BUILDS, BuildOut, BuildsResponse
from search_api.schemas.index import IndexRef
from search_api.state import SharedState, State

router = APIRouter(tags=["index"])


@router.get("/v1/builds", responses=problems(*KEY_PROBLEMS, 503))
async def builds(
    request: Request,
    state: SharedState,
    limit: Annotated[int, Query(ge=1, le=MAX_BUILDS, description="How many builds to return.")] = DEFAULT_BUILDS,
) -> BuildsResponse:
    """Return how the versions that are still on disk were built, the newest first."""
    return await state.admission.run(partial(has_disconnected, request), _builds, state, limit)


def _builds(state: State, limit: int) -> BuildsResponse:
    snapshot = state.current_snapshot()
    served = snapshot.manifest.version
    try:
        found = list(last_builds(state.store, limit))
        rejected = rejected_build(state.store, served)
    except StoreError as error:
        raise HTTPException(503, str(error)) from error
    return BuildsResponse(
        index=IndexRef.of(snapshot.manifest),
        taken_down=len(snapshot.hidden),
        builds=[BuildOut.of_build(build, served) for build in found if isinstance(build, PastBuild)],
        unreadable=[build for build in found if isinstance(build, UnreadableBuild)],
        rejected=rejected,
    )
