"""Headers of every answer that keep browsers and proxies from doing harm with it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Names in lower case and bytes, as they are sent: every answer passes here.
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    # An answer that a proxy kept would outlive a takedown.
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    # For what is no page. Pages come with a policy of their own.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
)


class SecureHeaders:
    """ASGI middleware that adds headers to every answer that does not have them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete the headers of its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                present = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(header for header in _ALWAYS if header[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)
