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
    """One line: its number from 0, its place as "file:number", which people count from 1, and its content.

    The content is None with the problem that it has.
    """

    number: int
    place: str
    content: _Model | None
    problem: str = ""


def read_edited_lines(path: Path, model: type[_Model]) -> Iterator[EditedLine[_Model]]:
    """Yield every line of a file, without the blank ones.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: the file cannot be read.
    """
    yield from parse_edited_lines(path, read_edited_file(path).splitlines(), model)


def read_edited_file(path: Path) -> bytes:
    """Return the content of a file as it is; raises as `read_edited_lines` does."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error


def parse_edited_lines(path: Path, lines: list[bytes], model: type[_Model]) -> Iterator[EditedLine[_Model]]:
    """Yield the lines of a file that has been read, without the blank ones."""
    for number, line in enumerate(lines):
        place = f"{path}:{number + 1}"
        if not line.strip():
            continue
        try:
            yield EditedLine(number, place, model.model_validate_json(line))
        except ValidationError as error:
            field, message = first_problem(error, model)
            yield EditedLine(number, place, None, f"{place}: {field or 'the line'}: {message}")
