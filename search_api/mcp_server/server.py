"""The server: the tools with their schemas, and what a model is told about them all."""

import inspect
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, ValidationError

from search_api.client import AsyncClient
from search_api.mcp_server.failures import wrong_arguments
from search_api.mcp_server.tools import NewsTools

_INSTRUCTIONS = (
    "khabar searches an archive of news by meaning, across languages, mostly English and Arabic: a question in one "
    "language finds articles in all of them, so ask once and do not translate. Cite title, source, date and url of "
    "what you use. If a result is not confident, the archive may have nothing about the question: judge by the "
    "paragraphs, and say so."
)


def build_server(client: AsyncClient) -> MCPServer:
    """Return the server whose tools use a client."""
    tools = NewsTools(client)
    functions = (tools.search_news, tools.what_is_new, tools.similar_articles, tools.get_article)
    return MCPServer(
        "khabar",
        title="khabar: news across languages",
        instructions=_INSTRUCTIONS,
        version=version("khabar"),
        tools=[_tool(function) for function in functions],
        log_level="WARNING",
    )


class _CheckedTool(Tool):
    """A tool that says in plain words what is wrong with its arguments."""

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Run the tool.

        Raises:
            ToolError: an argument is wrong, missing or unknown, or the archive refuses.
        """
        try:
            self.fn_metadata.validate_arguments(arguments)
        except ValidationError as error:
            raise ToolError(wrong_arguments(error, self.fn_metadata.arg_model, self.name)) from error
        return await super().run(arguments, context, convert_result)


def _tool(function: Callable[..., Awaitable[BaseModel]]) -> Tool:
    """Return a function as a tool that refuses arguments that it does not know: a misspelt filter is never ignored."""
    tool = _CheckedTool.from_function(
        function,
        description=inspect.getdoc(function),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )
    known = tool.fn_metadata.arg_model

    class Arguments(known):  # type: ignore[misc,valid-type]
        model_config = ConfigDict(extra="forbid", title=known.__name__)

    metadata = tool.fn_metadata.model_copy(update={"arg_model": Arguments})
    return tool.model_copy(update={"fn_metadata": metadata, "parameters": Arguments.model_json_schema(by_alias=True)})
