"""What the commands `khabar search` and `khabar similar` have in common."""

import inspect
import json
import re
import sys
from collections.abc import Callable, Collection
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from indexer.snapshot.errors import UsageError
from indexer.snapshot.search.query import Query
from indexer.snapshot.text.validation import first_problem
from search_api.schemas.request import MAX_LIKE_CHARS, Format

if TYPE_CHECKING:
    from indexer.snapshot.reader import Snapshot  # slow to import

_NAMES = {"q": "QUERY", "k": "-k", "like.text": "--like"}
"""What fields are called on the command line where the name is not that of the field."""

_PARAMETERS = re.compile(r"\b(format|group|sort)=")
"""How messages name a parameter with its value."""


def with_options_of(
    command: Callable[..., None], *, without: Collection[str]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of another one, in place of its `**options`, but those in `without`.

    Two searches that differ in their target then cannot come to differ in their options.
    """

    def extend(extended: Callable[..., None]) -> Callable[..., None]:
        own = [one for one in inspect.signature(extended).parameters.values() if one.kind is not one.VAR_KEYWORD]
        names = {one.name for one in own} | set(without)
        shared = [one for one in inspect.signature(command).parameters.values() if one.name not in names]
        # An argument without a default comes first, whatever the options are.
        parameters = [*own[:1], *shared, *own[1:]]
        extended.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect reads it
        extended.__annotations__ = {one.name: one.annotation for one in parameters}
        return extended

    return extend


def read_text(path: Path) -> str:
    """Return the beginning of a file, or of standard input for "-": as much as a request can have.

    Raises:
        OSError: it cannot be read.
    """
    if str(path) == "-":
        return sys.stdin.read(MAX_LIKE_CHARS)
    with path.open(encoding="utf-8", errors="replace") as stream:
        return stream.read(MAX_LIKE_CHARS)


class Output(StrEnum):
    """How the command line shows hits."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"
    RSS = "rss"
    ATOM = "atom"

    @property
    def requested(self) -> str:
        """The format of a request that gives what this shows."""
        return Format.JSON if self in (Output.TABLE, Output.MARKDOWN) else self.value


OutputOption = Annotated[
    Output, typer.Option("--format", help="A table, or the hits in a format for programs, spreadsheets or notes.")
]


def print_answer(read_query: Callable[[], Query], store: Path, output: Output) -> None:
    """Print the hits of a query; `read_query` makes it from options that are not checked yet.

    Raises:
        UsageError: an option is wrong.
        ArticleNotFound: the query is for articles like one that the version does not have.
    """
    from indexer.snapshot.reader import open_snapshot  # FAISS and ONNX Runtime, not needed for --help

    try:
        query = read_query()
    except ValidationError as error:
        field, message = first_problem(error)
        name = _NAMES.get(field, "--" + field.replace("_", "-"))
        raise UsageError(f"{name}: {_with_options(message)}") from error
    with open_snapshot(store) as snapshot:
        (_print_whole if output in (Output.TABLE, Output.JSON) else _print_hits)(snapshot, query, output)


def _with_options(message: str) -> str:
    """Return a message about a search with the names that the command line has for what it speaks of."""
    return _PARAMETERS.sub(r"--\1 ", message).replace("published_from", "--published-from")


def _print_whole(snapshot: "Snapshot", query: Query, output: Output) -> None:
    """Print all that an answer has."""
    from indexer.snapshot.search.search import search  # as above
    from search_api.formats.table import print_hits
    from search_api.schemas.search import SearchResponse

    response = SearchResponse.of(search(snapshot, query), snapshot.manifest)
    if output is Output.JSON:
        typer.echo(json.dumps(json.loads(response.to_json()), ensure_ascii=False, indent=2))
    else:
        print_hits(response)


def _print_hits(snapshot: "Snapshot", query: Query, output: Output) -> None:
    """Write the hits to standard output in a format, part by part, and warnings to standard error."""
    from indexer.snapshot.search.stream import stream  # as above
    from search_api.formats.export_format import ExportedSearch
    from search_api.formats.registry import EXPORT_FORMATS

    found = stream(snapshot, query)
    for warning in found.warnings:
        typer.echo(warning, err=True)
    for piece in EXPORT_FORMATS[output].write(ExportedSearch.of(found.text, snapshot.manifest), found.parts()):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
