"""What the commands `khabar search` and `khabar similar` have in common."""

import inspect
import json
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import typer
from pydantic import ValidationError

from indexer.snapshot.errors import UsageError
from indexer.snapshot.search.query import Query
from indexer.snapshot.text.validation import first_problem
from search_api.schemas.request import MAX_LIKE_CHARS

_NAMES = {"q": "QUERY", "k": "-k", "like.text": "--like"}
"""What fields are called on the command line where the name is not that of the field."""


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


def print_answer(read_query: Callable[[], Query], store: Path, as_json: bool) -> None:
    """Print the hits of a query; `read_query` makes it from options that are not checked yet.

    Raises:
        UsageError: an option is wrong.
    """
    from indexer.snapshot.reader import open_snapshot  # FAISS and ONNX Runtime, not needed for --help
    from indexer.snapshot.search.search import search
    from search_api.formats.table import print_hits
    from search_api.schemas.search import SearchResponse

    try:
        query = read_query()
    except ValidationError as error:
        field, message = first_problem(error)
        name = _NAMES.get(field, "--" + field.replace("_", "-"))
        raise UsageError(f"{name}: {message}") from error
    with open_snapshot(store) as snapshot:
        response = SearchResponse.of(search(snapshot, query), snapshot.manifest)
    if as_json:
        typer.echo(json.dumps(json.loads(response.to_json()), ensure_ascii=False, indent=2))
    else:
        print_hits(response)
