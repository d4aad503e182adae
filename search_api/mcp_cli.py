"""The command `khabar mcp`."""

import contextlib
import os
from pathlib import Path
from typing import Annotated

import typer

from indexer.snapshot.errors import ListenError, UsageError
from search_api.cli_settings import Store, read_settings
from search_api.settings import Settings

KEY_VARIABLE = "KHABAR_KEY"

_OF_EXTRA = ("mcp", "mcp_types", "httpx", "httpx_retries")


def mcp(
    url: Annotated[
        str | None, typer.Option(help="Address of a running service; by default the store is opened here.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help=f"File with a key of the service at --url; by default ${KEY_VARIABLE} has it.")
    ] = None,
    store: Store = None,
    http: Annotated[
        bool, typer.Option("--http", help="Serve over HTTP at /mcp, not over standard input and output.")
    ] = False,
    host: Annotated[str, typer.Option(help="Address, with --http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port, with --http.")] = 8001,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow an address that other machines reach although there are no keys.")
    ] = False,
) -> None:
    """Offer the search to language models as tools, by the Model Context Protocol."""
    if url is not None and store is not None:
        raise UsageError("--url asks a service, and --store opens a store here: give one of them")
    if url is None and key_file is not None:
        raise UsageError("--key-file is for the service at --url; a store that is opened here needs no key")
    settings = read_settings(store=store, host=host, port=port, insecure=insecure or None)
    try:
        from search_api.mcp_server.run import run_http, run_stdio  # the extra, which nothing else needs
        from search_api.mcp_server.sources import local_store, remote_service
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _OF_EXTRA:
            raise
        raise UsageError(f"khabar mcp needs {missing}: pip install 'khabar[mcp]'") from error
    source = local_store(settings) if url is None else remote_service(url, _key(key_file))
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how a server ends
        if http:
            _check_listening(settings, has_keys=url is None)
            run_http(source, settings, has_keys=url is None)
        else:
            run_stdio(source, settings)


def _key(path: Path | None) -> str | None:
    """Return the key of a file, or of the environment.

    Raises:
        UsageError: the file has none.
        OSError: the file cannot be read.
    """
    if path is None:
        return os.environ.get(KEY_VARIABLE) or None
    key = path.read_text(encoding="utf-8").strip()
    if not key:
        raise UsageError(f"--key-file: {path} is empty")
    return key


def _check_listening(settings: Settings, *, has_keys: bool) -> None:
    """Refuse an address where the tools would answer everybody, or where nothing can listen.

    Raises:
        ListenError: it is such an address.
    """
    from search_api.listening import check_address, is_loopback, refuse_strangers  # slow to import

    if has_keys:
        refuse_strangers(settings, [settings.host])
    elif not (settings.insecure or is_loopback(settings.host)):
        raise ListenError(
            f"other machines can reach {settings.host}, and with --url nobody is asked for a key: "
            "--store asks for those of the store, and --insecure answers everything to everybody"
        )
    check_address(settings)
