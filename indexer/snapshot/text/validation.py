"""Validation errors of pydantic as one line that a person can act on."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_OTHER_NAMES = {
    "from": "published_from",
    "lang": "language",
    "limit": "k",
    "page": "offset",
    "q": "query",
    "query": "q",
    "size": "k",
    "start": "offset",
    "to": "published_to",
    "top_k": "k",
}
"""What other interfaces call fields that no spelling would lead to."""

_MAX_MISSPELT_CHARS = 40
"""Longer names are none that somebody has misspelt; strangers must not choose how long they are compared."""


def readable_message(problem: Mapping[str, Any], known: Collection[str] = ()) -> str:
    """Return the message of one entry of `ValidationError.errors()`, in lower case and without pydantic's prefix.

    Of a field that is not known, it says which of the `known` ones may be meant.
    """
    if problem["type"] == "extra_forbidden":
        meant = _meant(str(problem["loc"][-1]), known)
        return "is not known" if meant is None else f"is not known; did you mean {meant}?"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}"


def first_problem(error: ValidationError, model: type[BaseModel] | None = None) -> tuple[str, str]:
    """Return the field of the first problem, "" for the whole input, and its readable message.

    `model` is what the input should be, and says which fields are known.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    known = fields_beside(model, first["loc"]) if model else ()
    return ".".join(map(str, first["loc"])), readable_message(first, known)


def fields_beside(model: type[BaseModel], location: Sequence[str | int]) -> Collection[str]:
    """Return the names of all fields where the one at a location is, in a model or a model within it."""
    for name in location[:-1]:
        field = model.model_fields.get(str(name))
        types = () if field is None else (field.annotation, *get_args(field.annotation))
        within = next((one for one in types if isinstance(one, type) and issubclass(one, BaseModel)), None)
        if within is None:
            return ()
        model = within
    return model.model_fields.keys()


def _meant(name: str, known: Collection[str]) -> str | None:
    """Return the known name that a person may have meant, or None."""
    other = _OTHER_NAMES.get(name.lower())
    if other in known:
        return other
    if len(name) > _MAX_MISSPELT_CHARS:
        return None
    return next(iter(get_close_matches(name.lower(), known, n=1)), None)
