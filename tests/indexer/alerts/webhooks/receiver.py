"""A receiver of webhooks on this machine."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_" + "c2VjcmV0" * 6


@dataclass
class Receiver:
    """What has arrived, in order, and how to answer: the status for the number of the request, from 0."""

    port: int = 0
    status: Callable[[int], int] = lambda _number: 204
    before_answer: Callable[[], object] = lambda: None
    received: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=t"

    def alerts(self) -> list[tuple[str, str]]:
        """Return webhook-id and article of each message, after its signature is verified as receivers do."""
        verified: list[tuple[str, Any]] = [
            (headers["webhook-id"], Webhook(SECRET).verify(body, dict(headers))) for _, headers, body in self.received
        ]
        return [(message_id, content["data"]["article"]["id"]) for message_id, content in verified]


@contextmanager
def running_receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver for the time of a block, over TLS if there is a context."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            number = len(receiver.received)
            receiver.received.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            receiver.before_answer()
            self.send_response(receiver.status(number))
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
