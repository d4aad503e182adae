"""All routes of HTTP version 1, in the order in which OpenAPI lists them."""

from search_api.routes import alerts, articles, facets, operations, search

ROUTERS = (search.router, facets.router, articles.router, alerts.router, operations.router)
