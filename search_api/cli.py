"""The command `khabar`: `index`, `encoder`, `keys`, `store`, `search` and `serve`."""

import contextlib
import json
import sys
from dataclasses import asdict
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pydantic import ValidationError

from indexer import cli as index_cli
from indexer import encoder_cli, keys_cli, store_cli
from indexer.options import Json
from indexer.snapshot.errors import KhabarError, UsageError
from indexer.snapshot.search.query import Group
from indexer.snapshot.text.validation import first_problem
from search_api.schemas.request import SearchRequest
from search_api.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI  # slow to import, and only serving needs it

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(index_cli.app, name="index")
app.add_typer(encoder_cli.app, name="encoder")
app.add_typer(keys_cli.app, name="keys")
app.add_typer(store_cli.app, name="store")

_SERVE_OPTIONS = {name: f"--{name} or KHABAR_{name.upper()}" for name in ("store", "host", "port")}

Store = Annotated[Path | None, typer.Option(help="Folder of the store; by default $KHABAR_STORE or khabar-store.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"khabar {installed_version('khabar')}")
        raise typer.Exit


@app.callback()
def khabar(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Cross-lingual semantic search over news."""


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for, in English or Arabic.")],
    k: Annotated[int, typer.Option("-k", help="How many hits, 1 to 100.")] = 10,
    offset: Annotated[int, typer.Option(help="How many hits of the ranking to skip.")] = 0,
    language: Annotated[str | None, typer.Option(help="Languages of the results: en, ar or en,ar.")] = None,
    query_language: Annotated[str | None, typer.Option(help="Language of the query; detected by default.")] = None,
    source: Annotated[str | None, typer.Option(help="Only articles of this source.")] = None,
    published_from: Annotated[str | None, typer.Option(help="Earliest day or moment, ISO 8601.")] = None,
    published_to: Annotated[str | None, typer.Option(help="Latest day or moment, ISO 8601.")] = None,
    group: Annotated[
        Group, typer.Option(help="One hit of each article, of each story, of each event, or every paragraph.")
    ] = Group.ARTICLE,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Search the published index and print the hits."""
    from indexer.snapshot.reader import open_snapshot  # FAISS and ONNX Runtime, not needed for --help
    from indexer.snapshot.search.search import search as run_search
    from search_api.formats.table import print_hits
    from search_api.schemas.search import SearchResponse

    options = {
        "offset": offset,
        "language": language,
        "query_language": query_language,
        "source": source,
        "published_from": published_from,
        "published_to": published_to,
    }
    try:
        search_query = SearchRequest.model_validate({"q": query, "k": k, "group": group, **options}).to_query()
    except ValidationError as error:
        names = {"q": "QUERY", "k": "-k", **{name: f"--{name.replace('_', '-')}" for name in options}}
        raise UsageError(_first_problem(error, names)) from error
    with open_snapshot(_settings(store=store).store) as snapshot:
        response = SearchResponse.of(search_query, run_search(snapshot, search_query), snapshot.manifest)
    if as_json:
        typer.echo(json.dumps(asdict(response), ensure_ascii=False, indent=2))
    else:
        print_hits(response)


@app.command()
def serve(
    store: Store = None,
    host: Annotated[str | None, typer.Option(help="Address; by default $KHABAR_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; by default $KHABAR_PORT or 8000.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow an address that other machines reach although there are no keys.")
    ] = False,
) -> None:
    """Serve the published index over HTTP."""
    from search_api.server import run_server

    settings = _settings(store=store, host=host, port=port, insecure=insecure or None)
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how a server ends
        run_server(settings, factory="search_api.cli:service", workers=workers)


def service() -> "FastAPI":
    """Return the application for one of several server processes, with settings from the environment."""
    from search_api.app import create_app
    from search_api.processes.progress import Progress, end_when_hung

    progress = Progress()
    end_when_hung(progress)
    return create_app(_settings(), progress=progress)


def main() -> NoReturn:
    """Run the command line; expected failures end in one line on standard error."""
    try:
        app()
    except KhabarError as error:
        typer.echo(f"khabar: {error}", err=True)
        sys.exit(error.exit_status)
    except OSError as error:  # such as a full disk: files are replaced whole, so what was published still is
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"khabar: {place}{error.strerror or error}", err=True)
        sys.exit(1)
    sys.exit(0)


def _settings(**options: object) -> Settings:
    """Return settings from the environment, with the options that were given on top.

    Raises:
        UsageError: an option or variable is out of range.
    """
    try:
        return Settings.model_validate({name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        raise UsageError(_first_problem(error, _SERVE_OPTIONS)) from error


def _first_problem(error: ValidationError, names: dict[str, str]) -> str:
    field, message = first_problem(error)
    return f"{names.get(field, f'KHABAR_{field.upper()}')}: {message}"
