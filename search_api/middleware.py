"""Counting every response, whatever produced it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NO_ROUTE = "other"


class CountResponses:
    """ASGI middleware that counts responses by route and status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Set by the router. A path without a route must not become a label of its own.
                route = getattr(scope.get("route"), "path", _NO_ROUTE)
                scope["app"].state.khabar.metrics.count_response(route, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_and_count)
        except Exception:
            scope["app"].state.khabar.metrics.count_response(getattr(scope.get("route"), "path", _NO_ROUTE), 500)
            raise  # it becomes an answer outside of all middleware
