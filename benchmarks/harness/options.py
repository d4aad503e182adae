"""Options that several command lines have, and lists of numbers in options."""

from pathlib import Path
from typing import Annotated

import typer

Queries = Annotated[list[Path], typer.Option(help="JSON Lines with `query` or `title`; .gz too.")]
QueryLimit = Annotated[int, typer.Option(min=1, help="Number of different queries.")]
LevelSeconds = Annotated[float, typer.Option(min=1, help="Length of a level.")]


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
