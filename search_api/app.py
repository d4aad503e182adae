"""The service: `create_app` joins settings, snapshot and routes."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from indexer.snapshot.index.vector_index import limit_threads
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, open_snapshot
from search_api import errors
from search_api.access.admission import Admission
from search_api.access.authorisation import RequireKey
from search_api.access.export_slots import ExportSlots
from search_api.access.headers import SecureHeaders
from search_api.access.hosts import CheckHost
from search_api.access.key_ring import KeyRing
from search_api.access.parameters import LimitParameters
from search_api.cluster.connect import shard_connector
from search_api.holder import SnapshotHolder, warm_up
from search_api.metrics import Metrics
from search_api.middleware import CountResponses
from search_api.processes.drain import Drain
from search_api.processes.progress import Progress
from search_api.query_cache import QueryCache
from search_api.routes import v1
from search_api.routes.openapi import BOUND_PROBLEMS, describe_keys, problems
from search_api.settings import Settings, comma_separated
from search_api.state import State
from search_api.watcher import StoreWatcher
from search_api.web import docs, page

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
"""Ids that a client or a proxy may give its requests; others get one from here."""

_REFUSALS: dict[int | str, str] = {
    400: "The request is malformed, or for another host.",
    408: "The request took too long to arrive.",
    413: "The body is too long.",
    414: "The path and the query string are too long.",
    422: "A parameter is wrong, unknown, or given twice.",
    431: "The headers are too long.",
}
"""What the answers of `BOUND_PROBLEMS` mean. The phrases of `http`, which FastAPI would write, differ between
versions of Python."""

_DESCRIPTION = "Cross-lingual semantic search over news: the best paragraphs first, whatever language they are in."


def create_app(
    settings: Settings, *, snapshot: Snapshot | None = None, progress: Progress | None = None, guarded: bool = True
) -> FastAPI:
    """Return the application; it closes the snapshot when it stops, and notes in `progress` that it goes on.

    It serves `snapshot` first. Without one it opens the published version when it starts, and raises
    StoreError or ModelError if that version, or the file of keys, cannot be read. From then on it follows the store.
    Without `guarded` no request needs a key: for callers in the same process, which can read the store anyway.
    """
    app = FastAPI(
        title="khabar",
        description=_DESCRIPTION,
        version=version("khabar"),
        lifespan=lambda app: _lifespan(app, settings, snapshot, progress or Progress()),
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat whatever the client says the name of this service is
        middleware=_middleware(settings, guarded=guarded),
        responses={
            status: {**one, "description": _REFUSALS[status]} for status, one in problems(*BOUND_PROBLEMS).items()
        },
    )
    app.router.routes.extend(v1.PLAIN_ROUTES)
    for router in (*v1.ROUTERS, page.router, docs.router):
        app.include_router(router)
    app.mount(f"/{page.FOLDER}", page.static_files)
    app.mount("/static-offline-docs", docs.swagger_files)
    errors.install(app)
    describe = app.openapi
    app.openapi = lambda: describe_keys(describe())  # type: ignore[method-assign]  # as FastAPI documents it
    return app


@asynccontextmanager
async def _lifespan(
    app: FastAPI, settings: Settings, snapshot: Snapshot | None, progress: Progress
) -> AsyncIterator[None]:
    """Open the store, follow it while requests are answered, and close it."""
    threads = settings.search_threads
    run_on = asyncio.get_running_loop().run_in_executor
    holder, metrics, drain = SnapshotHolder(), Metrics(), Drain(settings.drain_s)
    cache = QueryCache(settings.query_cache, metrics.count_cache_lookup) if settings.query_cache else None
    with ThreadPoolExecutor(threads, thread_name_prefix="khabar", initializer=limit_threads) as pool:
        app.state.khabar = State(
            StoreLayout(settings.store),
            holder,
            Admission(pool, threads, settings.max_waiting, settings.longest_wait_s, metrics),
            ExportSlots(),
            metrics,
            cache,
            settings.max_age_h,
            settings.unready_when_stale,
            drain,
        )
        connect = await run_on(pool, shard_connector, settings)
        opening = partial(open_snapshot, settings.store, connect=connect)
        served = await run_on(pool, opening) if snapshot is None else snapshot
        await run_on(pool, warm_up, served)
        holder.show(served)
        counts, name = served.manifest.counts, served.manifest.version
        _log.info("serving version %s, articles: %d, paragraphs: %d", name, counts.articles, counts.paragraphs)
        watcher = StoreWatcher(StoreLayout(settings.store), holder, metrics, progress, connect)
        await run_on(pool, watcher.start)
        tasks = [asyncio.create_task(watcher.run()), asyncio.create_task(progress.follow_loop())]
        drain.delay_stop()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            watcher.close()
            await run_on(pool, holder.close)


def _is_request_id(text: str) -> bool:
    return _REQUEST_ID.fullmatch(text) is not None


def _middleware(settings: Settings, *, guarded: bool) -> list[Middleware]:
    """Return what every request passes before its route, in this order."""
    origins = comma_separated(settings.cors_origins)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["Authorization", "X-API-Key", "Content-Type"],
        expose_headers=["Content-Disposition", "Location", "Retry-After", "Server-Timing", "X-Request-ID"],
    )
    return [
        Middleware(CorrelationIdMiddleware, validator=_is_request_id),
        Middleware(CountResponses),
        Middleware(SecureHeaders),
        Middleware(CheckHost, comma_separated(settings.allowed_hosts)),
        *([cors] if origins else ()),
        Middleware(LimitParameters),
        *([key_check(settings)] if guarded else ()),
    ]


def key_check(settings: Settings) -> Middleware:
    """Return the check of keys of the store of some settings, which follows their file.

    Raises:
        SnapshotDamaged: the file of keys cannot be read.
    """
    keys = KeyRing(StoreLayout(settings.store), required=settings.require_keys)
    return Middleware(RequireKey, keys, settings.rate_limit)
