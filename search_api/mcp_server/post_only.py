"""Requests that the server has no use for."""

from starlette.types import ASGIApp, Receive, Scope, Send

from search_api.errors import problem


class PostOnly:
    """ASGI middleware that refuses all but POST.

    By GET a client would wait for messages of the server, for which the SDK holds a connection open for ever, and by
    DELETE it would end its session; the protocol has 405 for servers without either.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and scope["method"] != "POST":
            await problem(405, "only POST is answered here", headers={"Allow": "POST"})(scope, receive, send)
            return
        await self._app(scope, receive, send)
