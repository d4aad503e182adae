"""What a model is told when the service refuses."""

import pytest
from mcp.server.mcpserver.exceptions import ToolError

from search_api.client import NotFound, ServiceError, ServiceUnreachable
from search_api.mcp_server.failures import advice, in_names_of_tool, tool_errors
from search_api.schemas.problems import FieldProblem, Problem


def refused(status: int, detail: str, *fields: str) -> ServiceError:
    errors = [FieldProblem(field=field, message="is wrong") for field in fields]
    return ServiceError(Problem(title="Title", status=status, detail=detail, errors=errors or None))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refused(401, "this key is not valid"), "refuses the key of this server: this key is not valid. The user"),
        (refused(429, "60 per 1 minute"), "busy: 60 per 1 minute. Try again in a minute."),
        (refused(503, "too many requests"), "busy: too many requests. Try again"),
        (refused(422, "", "q", "k", "since"), "Correct the arguments: query: is wrong; limit: is wrong; since: is"),
        (refused(409, "of format 3"), "The archive answers 409: of format 3."),
        (NotFound(refused(404, "no article 'x'").problem), "no article 'x'. Ids come from search_news"),
        (ServiceUnreachable("no answer"), "cannot be asked: no answer. The user has to see to it"),
    ],
)
def test_advice(error: ServiceError, told: str) -> None:
    assert told in advice(error, {"q": "query", "k": "limit"})


def test_errors_of_the_client_become_errors_of_the_tool() -> None:
    with pytest.raises(ToolError, match="busy"), tool_errors({}):
        raise refused(503, "too many requests")


def test_warnings_have_the_names_of_the_tool() -> None:
    names = {"published_from": "since"}
    warning = in_names_of_tool("published_from: the latest article is of 2024-05-14", names)
    assert warning == "since: the latest article is of 2024-05-14"
    assert in_names_of_tool("tag: no article has 'q: x'", names) == "tag: no article has 'q: x'"
    assert in_names_of_tool("published_from", {}) == "published_from"
