"""Settings from the options of a command, and from the environment."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from indexer.snapshot.errors import UsageError
from indexer.snapshot.layout import is_address
from indexer.snapshot.text.validation import first_problem
from search_api.settings import Settings

_OPTIONS = {
    name: f"--{name.replace('_', '-')} or KHABAR_{name.upper()}"
    for name in ("store", "host", "port", "engine", "ray_address", "shard_replicas")
}


def _only_folder(folder: Path | None) -> Path | None:
    if folder is not None and is_address(folder):
        raise typer.BadParameter("it must be a folder; only khabar serve, store export and store import take addresses")
    return folder


Store = Annotated[
    Path | None,
    typer.Option(callback=_only_folder, help="Folder of the store; by default $KHABAR_STORE or khabar-store."),
]


def read_settings(**options: object) -> Settings:
    """Return settings from the environment, with the options that were given on top.

    Raises:
        UsageError: an option or variable is out of range.
    """
    try:
        return Settings.model_validate({name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        raise UsageError(_first_problem(error, _OPTIONS)) from error


def _first_problem(error: ValidationError, names: dict[str, str]) -> str:
    field, message = first_problem(error)
    return f"{names.get(field, f'KHABAR_{field.upper()}')}: {message}"
