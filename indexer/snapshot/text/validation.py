"""Validation errors of pydantic as one line that a person can act on."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError


def readable_message(problem: Mapping[str, Any]) -> str:
    """Return the message of one entry of `ValidationError.errors()`, in lower case and without pydantic's prefix."""
    if problem["type"] == "extra_forbidden":
        return "is not known"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}"


def first_problem(error: ValidationError) -> tuple[str, str]:
    """Return the field of the first problem, "" for the whole input, and its readable message."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return ".".join(map(str, first["loc"])), readable_message(first)
