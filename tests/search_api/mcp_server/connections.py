"""Clients of the SDK, connected to `khabar mcp` in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp_types import TextContent

from tests.conftest import ROOT
from tests.service_process import ENVIRONMENT, free_port, status_of, wait_until

COMMAND = ("-m", "tests.khabar_fake", "mcp")


@dataclass(frozen=True)
class Connected:
    """A client that a test may call without asyncio."""

    client: Client
    portal: BlockingPortal

    def tools(self) -> dict[str, Any]:
        listed = self.portal.call(self.client.list_tools).tools
        return {tool.name: tool for tool in listed}

    def call(self, tool: str, **arguments: Any) -> Any:
        """Call a tool that succeeds, and return its result."""
        result = self.portal.call(self.client.call_tool, tool, arguments)
        assert not result.is_error, result.content
        return result.structured_content

    def text(self, tool: str, **arguments: Any) -> str:
        """Call a tool that succeeds, and return the text that a model reads."""
        result = self.portal.call(self.client.call_tool, tool, arguments)
        assert not result.is_error, result.content
        return text_of(result)

    def failure(self, tool: str, **arguments: Any) -> str:
        """Call a tool that fails, and return what the model is told."""
        result = self.portal.call(self.client.call_tool, tool, arguments)
        assert result.is_error
        return text_of(result)


def text_of(result: Any) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@contextmanager
def connected(server: Any) -> Iterator[Connected]:
    """Connect to a server for the time of a block: its address, or the command that it is."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(server, read_timeout_seconds=60)) as client,
    ):
        yield Connected(client, portal)


@contextmanager
def over_stdio(*options: str, env: Mapping[str, str] | None = None) -> Iterator[Connected]:
    arguments = [*COMMAND, *options]
    environment = {**ENVIRONMENT, **(env or {})}
    with connected(StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT, env=environment)) as client:
        yield client


@contextmanager
def http_server(*options: str) -> Iterator[str]:
    """Run the server over HTTP for the time of a block, and yield its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *COMMAND, "--http", "--port", str(port), *options], cwd=ROOT, env=ENVIRONMENT
    )
    address = f"http://127.0.0.1:{port}/mcp"
    try:
        wait_until(lambda: process.poll() is not None or status_of(address) is not None, "the server does not answer")
        yield address
        process.terminate()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
