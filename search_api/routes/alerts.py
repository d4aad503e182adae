"""`/v1/alerts`."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.alert_feeds import atom_feed, rss_feed
from indexer.snapshot.format.alerts import StoredAlert, read_alerts
from indexer.snapshot.search.fields import Moment
from indexer.snapshot.text.utc import utc_text
from search_api.access.disconnection import has_disconnected
from search_api.routes.feed_links import pages_of
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.alerts import AlertsResponse
from search_api.schemas.index import IndexRef
from search_api.state import SharedState, State

_DEFAULT_LIMIT, _MAX_LIMIT = 100, 1_000

_MAX_NUMBER = 2**63 - 1
"""Largest number of an alert: SQLite has no larger integers."""

_FEEDS = {"atom": ("application/atom+xml", atom_feed), "rss": ("application/rss+xml", rss_feed)}
"""The type of each kind of feed, and what writes it."""

router = APIRouter(tags=["alerts"])


@router.get(
    "/v1/alerts",
    response_model=AlertsResponse,
    responses={
        200: {"content": {media_type: {"schema": {"type": "string"}} for media_type, _ in _FEEDS.values()}},
        **problems(*KEY_PROBLEMS, 503),
    },
)
async def alerts(
    request: Request,
    state: SharedState,
    saved_search: Annotated[str | None, Query(description="Only alerts of this saved search.")] = None,
    since: Annotated[Moment, Query(description="Only alerts found on this day or at this moment, or later.")] = None,
    before: Annotated[int | None, Query(ge=1, le=_MAX_NUMBER, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=_MAX_LIMIT)] = _DEFAULT_LIMIT,
    as_format: Annotated[Literal["json", "atom", "rss"], Query(alias="format")] = "json",
) -> Response:
    """Return what saved searches have found in the last 30 days, the latest first."""
    write = _json
    if as_format in _FEEDS:
        media_type, write_feed = _FEEDS[as_format]
        write = partial(_feed, media_type, partial(write_feed, address=str(request.url), pages=pages_of(request)))
    work = partial(_alerts, state, saved_search, since, before, limit, write)
    return await state.admission.run(partial(has_disconnected, request), work)


def _alerts(
    state: State,
    saved_search: str | None,
    since: str | None,
    before: int | None,
    limit: int,
    write: Callable[[AlertsResponse], Response],
) -> Response:
    """Read a page of alerts, without those of articles that are taken down, and write it."""
    snapshot = state.current_snapshot()
    manifest = snapshot.manifest
    found_from = utc_text(datetime.fromtimestamp(PublicationTime.parse(since).timestamp, UTC)) if since else None
    try:
        stored = read_alerts(
            state.store.alert_ledger, saved_search=saved_search, found_from=found_from, before=before, limit=limit + 1
        )
    except StoreError as error:
        raise HTTPException(503, str(error)) from error
    page = stored[:limit]
    shown = [alert for alert in page if alert.article.id not in snapshot.hidden]
    following = page[-1].number if len(stored) > limit else None
    return write(AlertsResponse(IndexRef.of(manifest), shown, following))


def _json(page: AlertsResponse) -> Response:
    return Response(page.to_json(), media_type="application/json")


def _feed(media_type: str, write_feed: Callable[[list[StoredAlert], str], str], page: AlertsResponse) -> Response:
    updated = max([page.index.created_at, *(alert.found_at for alert in page.alerts)])
    return Response(write_feed(page.alerts, updated), media_type=media_type)
