"""Files of a store that people edit, in JSON Lines: canaries and saved searches."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from indexer.snapshot.errors import StoreError
from indexer.snapshot.text.validation import first_problem

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class EditedLine(Generic[_Model]):
    """One line: its place as "file:number", and its content, or None with the problem that it has."""

    place: str
    content: _Model | None
    problem: str = ""


def read_edited_lines(path: Path, model: type[_Model]) -> Iterator[EditedLine[_Model]]:
    """Yield every line of a file, without the blank ones.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: the file cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        place = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            yield EditedLine(place, model.model_validate_json(line))
        except ValidationError as error:
            field, message = first_problem(error)
            yield EditedLine(place, None, f"{place}: {field or 'the line'}: {message}")
