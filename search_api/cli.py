"""The command `khabar`: what it is called with, and the commands for searching and serving."""

import contextlib
import json
import os
import sys
from contextlib import AbstractContextManager
from dataclasses import asdict
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.core import TyperGroup

from indexer import cli as index_cli
from indexer import encoder_cli, keys_cli, store_cli
from indexer.options import Json
from indexer.snapshot.errors import KhabarError
from indexer.snapshot.index.facets import Facet
from indexer.snapshot.search.query import Group, Mode, Sort
from search_api import mcp_cli
from search_api.cli_settings import Store, read_settings
from search_api.schemas.facets import DEFAULT_VALUES, MAX_VALUES, FacetResponse
from search_api.schemas.request import SearchBody, SearchParameters
from search_api.search_cli import Output, OutputOption, print_answer, read_text, with_options_of

if TYPE_CHECKING:
    from fastapi import FastAPI  # slow to import, and only serving needs it

    from search_api.settings import Settings


class _Commands(TyperGroup):
    """All commands; what is wrong with an option is said without the prefix of the library that checks it."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's own type is private
        """Run a command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(index_cli.app, name="index")
app.add_typer(encoder_cli.app, name="encoder")
app.add_typer(keys_cli.app, name="keys")
app.add_typer(store_cli.app, name="store")

ArticleId = Annotated[str, typer.Argument(help="Id of an article of the published index.")]


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
    query: Annotated[str | None, typer.Argument(help="What to look for, in English or Arabic.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many hits, 1 to 100; as jsonl or csv up to 10,000.")] = 10,
    offset: Annotated[int, typer.Option(help="How many hits of the ranking to skip.")] = 0,
    language: Annotated[str | None, typer.Option(help="Languages of the results: en, ar or en,ar.")] = None,
    query_language: Annotated[str | None, typer.Option(help="Language of the query; detected by default.")] = None,
    source: Annotated[str | None, typer.Option(help="Only articles of these sources: Post,-Ledger.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only articles with these tags, written as sources are.")] = None,
    author: Annotated[str | None, typer.Option(help="Only articles of these authors, written as sources are.")] = None,
    published_from: Annotated[str | None, typer.Option(help="Earliest day or moment, ISO 8601.")] = None,
    published_to: Annotated[str | None, typer.Option(help="Latest day or moment, ISO 8601.")] = None,
    since: Annotated[str | None, typer.Option(help="Only articles of the last 24h, 7d or 3w.")] = None,
    facets: Annotated[str | None, typer.Option(help="Fields to count: source,language,tag,author,day,month.")] = None,
    group: Annotated[
        Group, typer.Option(help="One hit of each article, of each story, of each event, or every paragraph.")
    ] = Group.ARTICLE,
    mode: Annotated[
        Mode, typer.Option(help="Search by meaning, by meaning and words, or only where every word occurs.")
    ] = Mode.HYBRID,
    sort: Annotated[Sort, typer.Option(help="Order of the hits.")] = Sort.RELEVANCE,
    half_life_days: Annotated[float | None, typer.Option(help="For --sort blend; by default 7.")] = None,
    paragraphs: Annotated[int, typer.Option(help="How many paragraphs of each article, 1 to 20.")] = 1,
    highlight: Annotated[bool, typer.Option("--highlight", help="Show the sentence that matches best.")] = False,
    like: Annotated[
        Path | None,
        typer.Option(help="A file with a text to find similar articles for, instead of QUERY; - for stdin."),
    ] = None,
    output: OutputOption = Output.TABLE,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Search the published index and print the hits."""
    output = Output.JSON if as_json else output
    options = {
        "format": output.requested,
        "k": k,
        "offset": offset,
        "language": language,
        "query_language": query_language,
        "source": source,
        "tag": tag,
        "author": author,
        "published_from": published_from,
        "published_to": published_to,
        "mode": mode,
        "since": since,
        "facets": facets,
        "group": group,
        "sort": sort,
        "half_life_days": half_life_days,
        "paragraphs": paragraphs,
        "highlight": highlight,
    }
    target = {"like": None if like is None else {"text": read_text(like)}, "q": query}
    root = read_settings(store=store).store
    print_answer(lambda: SearchBody.model_validate({**target, **options}).to_query(), root, output)


@app.command()
@with_options_of(search, without=("query", "like"))
def similar(
    article_id: ArticleId,
    output: OutputOption = Output.TABLE,
    store: Store = None,
    as_json: Json = False,
    **options: object,
) -> None:
    """Find articles like one, in any language; its near-duplicates are left out. The options are those of search."""
    root = read_settings(store=store).store
    output = Output.JSON if as_json else output
    parameters = {**options, "format": output.requested}
    print_answer(lambda: SearchParameters.model_validate(parameters).query_like(article_id), root, output)


@app.command()
def article(article_id: ArticleId, store: Store = None, as_json: Json = False) -> None:
    """Print an article with all its paragraphs."""
    from indexer.snapshot.reader import open_snapshot  # slow to import
    from search_api.formats.article_text import print_article
    from search_api.schemas.articles import ArticleResponse

    with open_snapshot(read_settings(store=store).store) as snapshot:
        response = ArticleResponse.of_stored(snapshot.require_article(article_id))
    if as_json:
        typer.echo(json.dumps(asdict(response), ensure_ascii=False, indent=2))
    else:
        print_article(response)


@app.command()
def facets(
    field: Annotated[Facet, typer.Argument(help="Whose values to list.")],
    prefix: Annotated[str, typer.Option(help="Only values that begin with this.")] = "",
    k: Annotated[int, typer.Option("-k", min=1, max=MAX_VALUES, help="How many values, 1 to 1,000.")] = DEFAULT_VALUES,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """List the values of a field in the published index, with the number of articles that have each."""
    from indexer.snapshot.reader import open_snapshot  # slow to import
    from search_api.formats.table import print_values

    with open_snapshot(read_settings(store=store).store) as snapshot:
        response = FacetResponse.of(snapshot, field, prefix, k)
    if as_json:
        typer.echo(json.dumps(asdict(response), ensure_ascii=False, indent=2))
    else:
        print_values(response.values)


@app.command()
def serve(
    store: Annotated[
        str | None,
        typer.Option(
            help="Folder of the store, or an address as s3://bucket/store; by default $KHABAR_STORE or khabar-store."
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address; by default $KHABAR_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; by default $KHABAR_PORT or 8000.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
    engine: Annotated[
        str | None,
        typer.Option(metavar="local|ray", help="Where the shards of a divided store are: in this process, or on Ray."),
    ] = None,
    ray_address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The cluster of --engine ray, such as auto.")
    ] = None,
    shard_replicas: Annotated[int | None, typer.Option(help="Replicas of each shard on the cluster.")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow an address that other machines reach although there are no keys.")
    ] = False,
) -> None:
    """Serve the published index over HTTP."""
    from search_api.server import run_server

    settings = read_settings(
        store=store,
        host=host,
        port=port,
        engine=engine,
        ray_address=ray_address,
        shard_replicas=shard_replicas,
        insecure=insecure or None,
    )
    with contextlib.suppress(KeyboardInterrupt), _up_to_date(settings):  # Ctrl-C is how a server ends
        run_server(settings, factory="search_api.cli:service", workers=workers)


def _up_to_date(settings: "Settings") -> AbstractContextManager[None]:
    """Keep the store up to date for the time of a block, if it is a copy of one in another place."""
    if settings.replica_of is None:
        return contextlib.nullcontext()
    from indexer.snapshot.layout import StoreLayout
    from indexer.store.remote.follow import following

    return following(settings.replica_of, StoreLayout(settings.store))


app.command()(mcp_cli.mcp)


def service() -> "FastAPI":
    """Return the application for one of several server processes, with settings from the environment."""
    from search_api.app import create_app
    from search_api.processes.progress import Progress, end_when_hung

    progress = Progress()
    end_when_hung(progress)
    return create_app(read_settings(), progress=progress)


def main() -> NoReturn:
    """Run the command line; expected failures end in one line on standard error."""
    try:
        app()
    except KhabarError as error:
        typer.echo(f"khabar: {error}", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:  # such as of `| head`, which has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the end of Python would report it again
        sys.exit(1)
    except OSError as error:  # such as a full disk: files are replaced whole, so what was published still is
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"khabar: {place}{error.strerror or error}", err=True)
        sys.exit(1)
    sys.exit(0)
