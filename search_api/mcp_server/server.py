"""The server: the tools with their schemas, and what a model is told about them all."""

import inspect
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict

from search_api.client import AsyncClient
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


def _tool(function: Callable[..., Awaitable[BaseModel]]) -> Tool:
    """Return a function as a tool that refuses arguments that it does not know: a misspelt filter is never ignored."""
    tool = Tool.from_function(
        function,
        description=inspect.getdoc(function),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )
    known = tool.fn_metadata.arg_model

    class Arguments(known):  # type: ignore[misc,valid-type]
        model_config = ConfigDict(extra="forbid", title=known.__name__)

    metadata = tool.fn_metadata.model_copy(update={"arg_model": Arguments})
    return tool.model_copy(update={"fn_metadata": metadata, "parameters": Arguments.model_json_schema(by_alias=True)})
