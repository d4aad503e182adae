"""All routes of HTTP version 1, in the order in which OpenAPI lists them and paths are compared with them."""

from search_api.routes import alerts, articles, batch, builds, facets, operations, saved_searches, search, similar

PLAIN_ROUTES = (search.plain_route,)
"""What is served without FastAPI; `ROUTERS` describe it."""

ROUTERS = (
    search.router,
    batch.router,
    facets.router,
    similar.router,
    articles.router,
    saved_searches.router,
    alerts.router,
    builds.router,
    operations.router,
)
