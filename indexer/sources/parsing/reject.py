"""Records and files that give no article, and the reason for each."""

import os
from dataclasses import dataclass
from pathlib import Path


class UnreadableInput(ValueError):
    """A record, or the rest of a file, that gives no article; the message is the reason, on one line."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One line or file that gave no article; `line` counts from 1, None means the whole file."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


def printable_path(path: Path) -> str:
    """Return a path as text; bytes of a file name that are not UTF-8 become replacement characters."""
    return os.fsencode(path).decode("utf-8", "replace")
