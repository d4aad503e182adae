"""From errors of the client to errors of tools: what the model, or its user, can do about it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, ValidationError

from indexer.snapshot.text.validation import readable_message
from search_api.client import ClientError, NotFound, ServiceError

_WITHOUT_KEY = (401, 403)
_BUSY = (429, 503)

_MAX_WRONG = 20
"""Most wrong arguments that are named."""


@contextmanager
def tool_errors(arguments: Mapping[str, str]) -> Iterator[None]:
    """Let errors of the client within a block end as errors of the tool.

    `arguments` has what the tool calls the parameters of the service, where the name is another one.
    """
    try:
        yield
    except ClientError as error:
        raise ToolError(advice(error, arguments)) from error


def advice(error: ClientError, arguments: Mapping[str, str]) -> str:
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
        wrong = "; ".join(f"{arguments.get(one.field, one.field)}: {one.message}" for one in error.errors)
        return f"Correct the arguments: {wrong}."
    return f"The archive answers {error.status}: {error.detail}."


def wrong_arguments(error: ValidationError, model: type[BaseModel], tool: str) -> str:
    """Return what is wrong with the arguments of a tool, each in a sentence; `model` has those that are known."""
    known = model.model_fields.keys()
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    wrong = "; ".join(f"{one['loc'][0]}: {readable_message(one, known)}" for one in problems[:_MAX_WRONG])
    of_names = any(one["type"] in ("extra_forbidden", "missing") for one in problems)
    names = f" The arguments of {tool} are {', '.join(known)}." if of_names else ""
    return f"Correct the arguments: {wrong}{'' if wrong.endswith('?') else '.'}{names}"


def in_names_of_tool(warning: str, arguments: Mapping[str, str]) -> str:
    """Return a warning of the service, which begins with a parameter, with what the tool calls that."""
    parameter, colon, text = warning.partition(":")
    return f"{arguments.get(parameter, parameter)}{colon}{text}"
