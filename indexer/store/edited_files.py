"""Files of a store that people write, JSON Lines: canaries and saved searches."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from indexer.snapshot.errors import StoreError
from indexer.snapshot.text.validation import first_problem

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Line(Generic[Model]):
    """One line that is not blank: where it stands, and what it says, or what is wrong with it."""

    place: str
    content: Model | None
    problem: str = ""


def read_store_lines(path: Path, kind: type[Model]) -> Iterator[Line[Model]]:
    """Yield every line of a file that is not blank.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: it cannot be read.
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
            yield Line(place, kind.model_validate_json(line))
        except ValidationError as error:
            field, message = first_problem(error)
            yield Line(place, None, f"{place}: {field or 'the line'}: {message}")
