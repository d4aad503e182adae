"""`/v1/alerts`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException

from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.format.atom import atom_feed
from search_api.routes.openapi import problems
from search_api.schemas.alerts import AlertsResponse
from search_api.schemas.index import IndexRef
from search_api.state import SharedState, State

router = APIRouter(tags=["alerts"])


@router.get("/v1/alerts", response_model=AlertsResponse, responses=problems(404, 422, 503))
async def alerts(
    state: SharedState,
    saved_search: Annotated[str | None, Query(description="Only alerts of this saved search; Atom has all.")] = None,
    as_format: Annotated[Literal["json", "atom"], Query(alias="format")] = "json",
) -> Response:
    """Return what saved searches have found among the new paragraphs of the served version."""
    return await state.admission.run(_alerts, state, saved_search, as_format)


def _alerts(state: State, saved_search: str | None, as_format: str) -> Response:
    snapshot = state.current_snapshot()
    manifest = snapshot.manifest
    try:
        stored = read_alerts(state.store.alerts(manifest.version))
    except FileNotFoundError as error:
        raise HTTPException(
            404, f"saved searches were not run for {manifest.version}: `khabar index alerts` runs them"
        ) from error
    shown = [alert for alert in stored if alert.article.id not in snapshot.hidden]
    if as_format == "atom":
        return Response(atom_feed(shown, manifest.version, manifest.created_at), media_type="application/atom+xml")
    shown = [alert for alert in shown if saved_search in (None, alert.saved_search)]
    return Response(AlertsResponse(IndexRef.of(manifest), shown).to_json(), media_type="application/json")
