"""All routes of HTTP version 1, in the order in which OpenAPI lists them and paths are compared with them."""

from search_api.routes import alerts, articles, batch, facets, operations, search, similar

ROUTERS = (
    search.router,
    batch.router,
    facets.router,
    similar.router,
    articles.router,
    alerts.router,
    operations.router,
)
