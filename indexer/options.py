"""Options of `khabar index` and `khabar encoder`: their types, functions that parse their texts, and output as JSON."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ByteSize, TypeAdapter, ValidationError

from indexer.embedding.passage import Context
from indexer.snapshot.errors import ModelError, UsageError
from indexer.snapshot.layout import is_address
from indexer.snapshot.shards.division import MAX_SHARDS
from indexer.sources.parsing.date_order import DateOrder

if TYPE_CHECKING:
    from indexer.encoders.ray_engine import RayCluster


class Engine(StrEnum):
    """What embeds the paragraphs of a build."""

    LOCAL = "local"
    RAY = "ray"


def _only_folder(folder: Path) -> Path:
    if is_address(folder):
        raise typer.BadParameter("it must be a folder; only khabar serve, store export and store import take addresses")
    return folder


Store = Annotated[Path, typer.Option(envvar="KHABAR_STORE", callback=_only_folder, help="Folder of the store.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]

Sources = Annotated[list[Path], typer.Argument(help="Files and folders of articles; - is standard input.")]
Model = Annotated[str | None, typer.Option(help="sentence-transformers name or folder; by default the bundled model.")]
QueryPrompt = Annotated[str | None, typer.Option(help="Text that the model wants before a query.")]
PassagePrompt = Annotated[str | None, typer.Option(help="Text that the model wants before a passage.")]
PassageContext = Annotated[Context, typer.Option(help="What the encoder reads before each paragraph.")]
QueryEncoder = Annotated[
    str,
    typer.Option(
        metavar="bundled|none|DIR",
        help="What encodes queries: the trained encoder of the bundled model, the model itself, or one that "
        "`khabar encoder train` made.",
    ),
]
MemoryBudget = Annotated[
    str | None, typer.Option(metavar="SIZE", help="Most memory that the index may need, such as 512MB or 2GiB.")
]
FormatName = Annotated[
    str | None, typer.Option("--format", help="The format of SOURCES, regardless of their names: csv, html, ...")
]
Dates = Annotated[
    DateOrder | None,
    typer.Option(help="How dates such as 05/07/2015 are meant; by default other dates of the same file say so."),
]
FieldMap = Annotated[
    str | None, typer.Option("--map", metavar="FIELD=NAME,...", help="Names of fields in the sources: title=headline.")
]
FileTime = Annotated[
    float,
    typer.Option(min=0.1, metavar="SECONDS", help="Longest time without anything new from a file, before it is left."),
]
FileMemory = Annotated[
    str | None, typer.Option(metavar="SIZE", help="Most memory that reading one file may need; by default 1GiB.")
]
EngineName = Annotated[
    Engine, typer.Option("--engine", help="Where paragraphs are embedded: by this process, or on a Ray cluster.")
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="The cluster of --engine ray, such as auto; by default Ray is started on this machine for this build.",
    ),
]
Shards = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MAX_SHARDS,
        help="Divide vectors and words among so many shards, for several machines; by default they are in one piece.",
    ),
]
Add = Annotated[bool, typer.Option("--add", help="Add SOURCES to the published articles instead of replacing them.")]
KeepDays = Annotated[int | None, typer.Option(min=1, help="Drop articles published longer ago than this many days.")]
MaxShrink = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE",
        help="Greatest share of articles, and of paragraphs of a language, that may be gone, such as 20%.",
    ),
]
MaxChange = Annotated[
    str | None,
    typer.Option(metavar="SHARE", help="Most of the remaining articles that may change; no limit by default."),
]
MinRecall = Annotated[
    str | None, typer.Option(metavar="SHARE", help="Least recall@10 of the new index; by default 95%.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first record that cannot be used.")]


def ray_cluster(engine: Engine, address: str | None) -> "RayCluster | None":
    """Return the cluster that embeds paragraphs, or None for this process.

    Raises:
        UsageError: there is an address, and the engine is another one.
    """
    from indexer.encoders.ray_engine import RayCluster  # needs the extra [index]

    if engine is Engine.RAY:
        return RayCluster(address)
    if address is not None:
        raise UsageError("--ray-address needs --engine ray")
    return None


def field_names(text: str | None) -> dict[str, str]:
    """Return the source's name of each field, by khabar's name, from "title=headline,text=body".

    Raises:
        UsageError: it is not such a list, or has a field that articles do not have.
    """
    from indexer.sources.parsing.record import FIELDS  # needs the extra [index]

    fields: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        name, _, source_name = (text.strip() for text in pair.partition("="))
        if name not in FIELDS or not source_name:
            raise UsageError(f"--map: {pair!r} is not FIELD=NAME with a field of {', '.join(FIELDS)}")
        if name in fields:
            raise UsageError(f"--map: {name} has two names, {fields[name]} and {source_name}; it can have one")
        fields[name] = source_name
    return fields


def share(option: str, text: str | None) -> float | None:
    """Return a share such as "20%" or "0.2" as a number from 0 to 1.

    Raises:
        UsageError: it is not a share.
    """
    if text is None:
        return None
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError as error:
        raise UsageError(f"{option}: {text!r} is not a share such as 20% or 0.2") from error
    if not 0 <= value <= 1:
        hint = f"; write {value:g}% for a percentage" if 1 < value <= 100 and not text.endswith("%") else ""
        raise UsageError(f"{option}: {text!r} is not between 0% and 100%{hint}")
    return value


def byte_size(option: str, size: str | None) -> int | None:
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


@contextmanager
def needs_extra(activity: str, name: str) -> Iterator[None]:
    """Name the extra to install if an import in the block fails because a package is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModelError(f"{activity} needs {error.name}: pip install 'khabar[{name}]'") from error


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
