"""The command `khabar`: `index`, `search` and `serve`."""

import sys
from typing import NoReturn

import typer

from indexer import cli as index_cli
from indexer.snapshot.errors import KhabarError

app = typer.Typer(
    help="Cross-lingual semantic search over news.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(index_cli.app, name="index")


def main() -> NoReturn:
    """Run the command line; expected failures end in one line on standard error."""
    try:
        app()
    except KhabarError as error:
        typer.echo(f"khabar: {error}", err=True)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        typer.echo("khabar: interrupted; what was published before still stands", err=True)
        sys.exit(1)
    sys.exit(0)
