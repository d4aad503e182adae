"""For operators and monitoring: the served version, health, readiness, metrics."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from indexer.snapshot.format.manifest import age_s, is_stale
from indexer.snapshot.format.replica import replica_lag
from search_api.metrics import CONTENT_TYPE
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.index import Health, IndexResponse
from search_api.state import SharedState

router = APIRouter()


@router.get("/v1/index", responses=problems(*KEY_PROBLEMS, 503), tags=["index"])
async def index(state: SharedState) -> IndexResponse:
    """Describe the snapshot that is served."""
    return IndexResponse.of_snapshot(state.current_snapshot(), state.max_age_h)


@router.get("/metrics", include_in_schema=False)
async def metrics(state: SharedState) -> Response:
    """Return counters, gauges and histograms for Prometheus."""
    lag = replica_lag(state.store)
    exposition = state.metrics.exposition(state.holder.current, state.max_age_h, None if lag is None else lag.seconds)
    return Response(exposition, media_type=CONTENT_TYPE)


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", tags=["health"])
async def health() -> Health:
    """Report that the process is up."""
    return Health(status="ok")


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", responses=problems(503), tags=["health"])
async def ready(state: SharedState) -> Health:
    """Report whether a snapshot is loaded, has answered a query, and takedowns can be seen.

    A replica sees them if it has synchronised lately.

    Its age does not count unless a setting says so: all replicas serve the same version, so two failed builds would
    take all of them away together, and old results are better than none.
    """
    if state.drain.has_begun:
        raise HTTPException(503, "the service is stopping")
    if state.holder.takedown_problem is not None:
        raise HTTPException(503, state.holder.takedown_problem)
    lag = replica_lag(state.store)
    if lag is not None and lag.is_too_long:
        raise HTTPException(503, str(lag))
    manifest = state.current_snapshot().manifest
    if state.unready_when_stale and is_stale(manifest, state.max_age_h):
        raise HTTPException(
            503,
            f"the index is {age_s(manifest) / 3600:.1f} hours old, "
            f"more than KHABAR_MAX_AGE_H allows ({state.max_age_h:g})",
        )
    return Health(status="ok")
