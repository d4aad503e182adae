"""`khabar index`: build, look at and check a store."""

import json
import signal
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from pydantic import ByteSize, TypeAdapter, ValidationError
from rich.console import Console

from indexer.passage import Context
from indexer.progress import Reporter
from indexer.snapshot.errors import ModelError, UsageError
from indexer.snapshot.layout import DEFAULT_STORE, StoreLayout
from indexer.snapshot.reader import check_version, current_version
from indexer.status import read_status

app = typer.Typer(
    help="Build, look at and check the index.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Store = Annotated[Path, typer.Option(envvar="KHABAR_STORE", help="Folder of the store.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]


@app.command()
def build(
    sources: Annotated[list[Path], typer.Argument(help="Files (.jsonl, .jsonl.gz, .txt) and folders of them.")],
    store: Store = DEFAULT_STORE,
    model: Annotated[
        str | None, typer.Option(help="sentence-transformers name or folder; by default the bundled model.")
    ] = None,
    query_prompt: Annotated[str | None, typer.Option(help="Text that the model wants before a query.")] = None,
    passage_prompt: Annotated[str | None, typer.Option(help="Text that the model wants before a passage.")] = None,
    context: Annotated[
        Context, typer.Option(help="What the encoder reads before each paragraph.")
    ] = Context.TITLE_AND_SECTION,
    memory_budget: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Most memory that the index may need, such as 512MB or 2GiB.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first line that cannot be used.")] = False,
    as_json: Json = False,
) -> None:
    """Build an index of all articles in SOURCES and publish it."""
    try:
        from indexer import build as building  # needs the extra [index], which no other command does
    except ModuleNotFoundError as error:
        raise ModelError(f"building needs {error.name}: pip install 'khabar[bundled]'") from error
    signal.signal(signal.SIGTERM, _interrupt)
    result = building.build(
        sources,
        store,
        Reporter(Console(stderr=True)),
        recipe=building.Recipe(
            model, query_prompt, passage_prompt, context, memory_budget_bytes=_bytes("--memory-budget", memory_budget)
        ),
        strict=strict,
    )
    manifest, counts = result.manifest, result.manifest.counts
    if as_json:
        stages = [asdict(stage) for stage in result.stages]
        _print_json({**read_status(StoreLayout(store)).as_json(), "embedded": result.embedded, "stages": stages})
        return
    typer.echo(
        f"published {manifest.version}: {counts.articles:,} articles, {counts.paragraphs:,} paragraphs, "
        f"{result.embedded:,} embedded, {counts.rejected:,} rejected"
    )
    if counts.rejected:
        typer.echo(f"rejected lines are listed in {StoreLayout(store).version(manifest.version).rejects}")


@app.command()
def status(store: Store = DEFAULT_STORE, as_json: Json = False) -> None:
    """Show what is published and how it was built."""
    found = read_status(StoreLayout(store))
    if as_json:
        _print_json(found.as_json())
    else:
        typer.echo("\n".join(found.lines()))


@app.command()
def verify(
    version: Annotated[str | None, typer.Argument(help="By default the published one.")] = None,
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Check format, encoder and every checksum of a version."""
    layout = StoreLayout(store)
    name = version or current_version(layout)
    manifest, encoder = check_version(layout, name)
    n_files = len(manifest.files) + len(encoder.files)
    if as_json:
        _print_json({"version": name, "ok": True, "files": n_files})
    else:
        typer.echo(f"{name}: {n_files} files are as they were published")


def _bytes(option: str, size: str | None) -> int | None:
    """Return a size such as "512MB" in bytes.

    Raises:
        UsageError: it is not a size.
    """
    if size is None:
        return None
    try:
        return int(TypeAdapter(ByteSize).validate_python(size))
    except ValidationError as error:
        raise UsageError(f"{option}: {size!r} is not a size such as 512MB or 2GiB") from error


def _print_json(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
