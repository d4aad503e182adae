"""JSON as the standard has it, with reasons that a person can act on."""

import json
from math import isfinite
from typing import Any


class NotJson(ValueError):
    """A text is no JSON; the message is the reason, on one line."""


def parse_json(content: bytes) -> Any:
    """Return what a JSON text says.

    Raises:
        NotJson: it is none, or holds what JSON does not have: NaN, infinities, endless nesting.
    """
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8: byte {content[error.start]:#04x} at column {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise NotJson("not JSON that can be read: nested too deeply") from error
    except ValueError as error:  # such as an integer of thousands of digits
        raise NotJson(f"not JSON that can be read: {error}") from error


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise ValueError(f"{number} is too large a number")
    return value


def _refuse_constant(name: str) -> None:
    """Refuse NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is not JSON")
