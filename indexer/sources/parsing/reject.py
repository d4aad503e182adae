"""Records and files that give no article, and the reason for each."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_MAX_REASON_CHARS = 1_000
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters and line breaks: a terminal obeys them, and in a log they begin lines of a stranger."""


class UnreadableInput(ValueError):
    """A record, or the rest of a file, that gives no article; the message is the reason, on one line."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One line or file that gave no article; `line` counts from 1, None means the whole file.

    Reasons quote what they reject, so they are cut to 1,000 characters on one line, without control characters.
    """

    file: str
    line: int | None
    reason: str

    def __post_init__(self) -> None:
        reason = printable(self.reason[: _MAX_REASON_CHARS + 1])
        object.__setattr__(self, "reason", reason if len(reason) <= _MAX_REASON_CHARS else f"{reason[:-2]}…")

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


def printable(text: str) -> str:
    """Return a text with spaces instead of control characters and line breaks."""
    return _UNPRINTABLE.sub(" ", text)


def printable_path(path: Path) -> str:
    """Return a path as text; bytes of a file name that are not UTF-8, and controls, become replacement characters."""
    return _UNPRINTABLE.sub("\ufffd", os.fsencode(path).decode("utf-8", "replace"))
