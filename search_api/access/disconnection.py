"""Whether the client of a request has closed its connection."""

from starlette.requests import Request


def has_disconnected(request: Request) -> bool:
    """Return whether the client has gone, without waiting; part of a body that is there to be read is lost.

    `Request.is_disconnected` says the same by cancelling a task, which takes a twentieth of the time that Python spends
    on a search.
    """
    waiting = request.receive().__await__()
    try:
        waiting.send(None)
    except StopIteration as received:
        return bool(received.value["type"] == "http.disconnect")
    finally:
        waiting.close()
    return False  # there is no message yet
