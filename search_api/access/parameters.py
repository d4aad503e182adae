"""How many parameters a request may have, checked before any of them is read."""

from starlette.types import ASGIApp, Receive, Scope, Send

from search_api.errors import problem

MAX_PARAMETERS = 24


class LimitParameters:
    """ASGI middleware that refuses query strings with too many parameters."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and scope["query_string"].count(b"&") >= MAX_PARAMETERS:
            await problem(422, f"a request has at most {MAX_PARAMETERS} parameters")(scope, receive, send)
            return
        await self._app(scope, receive, send)
