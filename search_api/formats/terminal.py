"""What texts of two directions need on a terminal, and how wide it is."""

import unicodedata

from rich.console import Console

# First-strong isolates give each text its own direction: in a terminal that supports right-to-left text,
# Arabic keeps its order and does not reverse the numbers and columns beside it.
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"

_FILE_COLUMNS = 140


def isolate(text: str) -> str:
    """Return a text that keeps its own direction, whatever stands beside it."""
    needs = any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
    return f"{_ISOLATE}{text}{_END_ISOLATE}" if needs else text


def width(needed: int = 0) -> int | None:
    """Return how many columns a file or a pipe has, at least those needed; None on a terminal, which knows by itself.

    In a file, an address that is broken over lines is lost for other programs.
    """
    return None if Console().is_terminal else max(needed, _FILE_COLUMNS)
