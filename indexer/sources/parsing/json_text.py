"""Strict JSON (RFC 8259), with error messages that a person can act on."""

import json
from math import isfinite

from indexer.sources.parsing.reject import UnreadableInput


class InvalidJson(UnreadableInput):
    """The bytes are not valid JSON; the message is the reason, on one line."""


def parse_json(content: bytes) -> object:
    """Return the value of a JSON text in UTF-8.

    Raises:
        InvalidJson: it is not JSON, is nested too deeply, or holds NaN or an infinity, which JSON does not have.
    """
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise InvalidJson(f"not UTF-8: byte {content[error.start]:#04x} at column {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise InvalidJson(f"not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise InvalidJson("not JSON that can be read: nested too deeply") from error
    except ValueError as error:  # such as an integer of thousands of digits
        raise InvalidJson(f"not JSON that can be read: {error}") from error


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise ValueError(f"{number} is too large a number")
    return value


def _refuse_constant(name: str) -> None:
    """Refuse NaN and the infinities: Python reads them, but they are not JSON."""
    raise ValueError(f"{name} is not JSON")
