"""What the command lines of benchmarks have in common: options, lists of numbers, and how a command ends."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.harness.errors import BenchmarkError
from indexer.snapshot.errors import KhabarError

Out = Annotated[Path, typer.Option(help="Folder for records and reports.")]
Queries = Annotated[list[Path], typer.Option(help="JSON Lines with `query` or `title`; .gz too.")]
QueryLimit = Annotated[int, typer.Option(min=1, help="Number of different queries.")]
LevelSeconds = Annotated[float, typer.Option(min=1, help="Length of a level.")]

RESULTS = Path("benchmarks/results")


def command_line(help_text: str) -> typer.Typer:
    """Return an application without commands; errors in it show plain tracebacks."""
    return typer.Typer(help=help_text, pretty_exceptions_enable=False, add_completion=False)


def run(app: typer.Typer, module: str) -> None:
    """Run the command of this process; an expected error becomes one line and exit status 1.

    SIGTERM unwinds the process as Ctrl-C does, so that servers and temporary folders do not stay behind.
    """
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        app()
    except (BenchmarkError, KhabarError) as error:
        typer.echo(f"{module}: {error}", err=True)
        sys.exit(1)


def numbers(text: str) -> tuple[float, ...]:
    """Return comma-separated numbers above 0."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{text} is not a list of numbers such as 1,4,16") from error
    if min(values) <= 0:
        raise typer.BadParameter(f"{text} contains a number that is not above 0")
    return values


def whole_numbers(text: str) -> tuple[int, ...]:
    """Return comma-separated whole numbers above 0."""
    if not all(part.strip().isdecimal() for part in text.split(",")):
        raise typer.BadParameter(f"{text} is not a list of whole numbers such as 1,4,16")
    return tuple(int(number) for number in numbers(text))
