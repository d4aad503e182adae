"""For operators and monitoring: the served version, health, readiness, metrics."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from indexer.snapshot.format.manifest import age_s
from search_api.metrics import CONTENT_TYPE
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.index import Health, IndexResponse
from search_api.state import SharedState

router = APIRouter()


@router.get("/v1/index", responses=problems(*KEY_PROBLEMS, 503), tags=["index"])
async def index(state: SharedState) -> IndexResponse:
    """Describe the snapshot that is served."""
    return IndexResponse.of_snapshot(state.current_snapshot())


@router.get("/metrics", include_in_schema=False)
async def metrics(state: SharedState) -> Response:
    """Return counters, gauges and histograms for Prometheus."""
    return Response(state.metrics.exposition(state.holder.current, state.max_age_h), media_type=CONTENT_TYPE)


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", tags=["health"])
async def health() -> Health:
    """Report that the process is up."""
    return Health(status="ok")


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", responses=problems(503), tags=["health"])
async def ready(state: SharedState) -> Health:
    """Report whether a snapshot is loaded, has answered a query, is not too old, and takedowns can be seen."""
    if state.drain.has_begun:
        raise HTTPException(503, "the service is stopping")
    if state.holder.takedown_problem is not None:
        raise HTTPException(503, state.holder.takedown_problem)
    age_h = age_s(state.current_snapshot().manifest) / 3600
    if state.max_age_h is not None and age_h > state.max_age_h:
        raise HTTPException(
            503, f"the index is {age_h:.1f} hours old, more than KHABAR_MAX_AGE_H allows ({state.max_age_h:g})"
        )
    return Health(status="ok")
