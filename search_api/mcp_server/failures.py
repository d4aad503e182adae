"""From errors of the client to errors of tools: what the model, or its user, can do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from mcp.server.mcpserver.exceptions import ToolError

from search_api.client import ClientError, NotFound, ServiceError

_WITHOUT_KEY = (401, 403)
_BUSY = (429, 503)


@contextmanager
def tool_errors() -> Iterator[None]:
    """Let errors of the client within a block end as errors of the tool."""
    try:
        yield
    except ClientError as error:
        raise ToolError(advice(error)) from error


def advice(error: ClientError) -> str:
    """Return what is wrong in a sentence, and what to do."""
    if not isinstance(error, ServiceError):
        return f"The archive cannot be asked: {error}. The user has to see to it; do not try again at once."
    if isinstance(error, NotFound):
        return f"{error.detail}. Ids come from search_news, what_is_new and similar_articles."
    if error.status in _WITHOUT_KEY:
        return f"The archive refuses the key of this server: {error.detail}. The user has to see to it."
    if error.status in _BUSY:
        return f"The archive is busy: {error.detail}. Try again in a minute."
    if error.errors:
        wrong = "; ".join(f"{_ARGUMENTS.get(one.field, one.field)}: {one.message}" for one in error.errors)
        return f"Correct the arguments: {wrong}."
    return f"The archive answers {error.status}: {error.detail}."


_ARGUMENTS = {"q": "query", "k": "limit", "language": "languages", "source": "sources"}
"""What tools call the parameters of the service."""
