"""From exceptions to `application/problem+json` (RFC 9457)."""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from indexer.snapshot.errors import ArticleNotFound, ClusterError, FormatMismatch
from indexer.snapshot.text.validation import fields_beside, readable_message
from search_api.schemas.problems import FieldProblem, Problem

MEDIA_TYPE = "application/problem+json"

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Headers of every answer, also of those that never reach the middleware."""

MAX_PROBLEMS = 20
"""Most errors of one request that an answer lists."""

_MAX_TEXT_CHARS = 300

_NO_OBJECT = ("model_type", "model_attributes_type")
"""What pydantic calls the error of a value that should be an object."""

_log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    """Let every error of `app` answer as a problem document."""
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(ArticleNotFound)(_no_such_article)
    app.exception_handler(FormatMismatch)(_version_of_old_format)
    app.exception_handler(ClusterError)(_silent_shards)
    app.exception_handler(sqlite3.DatabaseError)(_unreadable_corpus)
    app.exception_handler(Exception)(_unexpected_error)


def problem(
    status: int, detail: str, errors: list[FieldProblem] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a problem document as a response."""
    return _response(problem_of(status, detail, errors), headers)


def problem_of(status: int, detail: str, errors: list[FieldProblem] | None = None) -> Problem:
    """Return a problem document."""
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)


class WrongParameters(RequestValidationError):
    """Parameters in a query string are wrong; `model` has those that are known."""

    def __init__(self, error: ValidationError, model: type[BaseModel]) -> None:
        super().__init__([{**entry, "loc": ("query", *entry["loc"])} for entry in error.errors()])
        self.model = model


def invalid(entries: Sequence[Mapping[str, Any]], model: type[BaseModel] | None = None) -> Problem:
    """Return what is wrong with a request as a problem document; `entries` are errors of pydantic.

    Their locations begin with the part of the request that is a `model`.
    """
    problems = [
        FieldProblem(field=_shortened(_field(entry["loc"])), message=_shortened(_message(entry, model)))
        for entry in entries[:MAX_PROBLEMS]
    ]
    texts = [f"{entry.field}: {entry.message}" for entry in problems]
    if len(entries) > MAX_PROBLEMS:
        texts.append(f"and {len(entries) - MAX_PROBLEMS:,} more")
    return problem_of(422, "; ".join(texts), problems)


def _response(content: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        content.model_dump(exclude_none=True),
        status_code=content.status,
        media_type=MEDIA_TYPE,
        headers={**NO_STORE, **(headers or {})},
    )


async def _invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    model = error.model if isinstance(error, WrongParameters) else _model_of_body(request)
    return _response(invalid(error.errors(), model))


def _model_of_body(request: Request) -> type[BaseModel] | None:
    """Return what the body of a request is read as."""
    route = request.scope.get("route")
    body = route.body_field if isinstance(route, APIRoute) else None
    read_as = None if body is None else body.field_info.annotation
    return read_as if isinstance(read_as, type) and issubclass(read_as, BaseModel) else None


def _shortened(text: str) -> str:
    """Return a text that fits into an answer, however long the request was that it repeats a part of."""
    return text if len(text) <= _MAX_TEXT_CHARS else f"{text[:_MAX_TEXT_CHARS]}…"


def _field(location: tuple[str | int, ...]) -> str:
    """Return the name of a field without the part of the request that contains it."""
    return ".".join(str(part) for part in location[1:] if isinstance(part, str)) or str(location[0])


def _message(entry: Mapping[str, Any], model: type[BaseModel] | None) -> str:
    location = entry["loc"]
    if entry["type"] == "json_invalid":
        return "is not valid JSON"
    if location == ("body",):  # as a whole it is missing, a text, or a list
        return "is not a JSON object; send one with Content-Type: application/json"
    if entry["type"] in _NO_OBJECT:
        return "is not a JSON object"
    return readable_message(entry, fields_beside(model, location[1:]) if model else ())


async def _http_error(_request: Request, error: HTTPException) -> JSONResponse:
    return problem(error.status_code, error.detail, headers=error.headers)


async def _no_such_article(_request: Request, error: ArticleNotFound) -> JSONResponse:
    return problem(404, f"article_id: {error}")


async def _version_of_old_format(_request: Request, error: FormatMismatch) -> JSONResponse:
    return problem(409, str(error))


async def _silent_shards(_request: Request, error: ClusterError) -> JSONResponse:
    return problem(503, str(error), headers={"Retry-After": "1"})


async def _unreadable_corpus(_request: Request, error: sqlite3.DatabaseError) -> JSONResponse:
    _log.error("a file of the version that is served cannot be read: %s", error)
    return problem(503, "a file of the version that is served cannot be read; the log of the service has the error")


async def _unexpected_error(_request: Request, _error: Exception) -> JSONResponse:
    # The server logs the traceback; the client learns that the fault is not its own.
    return problem(500, "an unexpected error; the log of the service has its traceback")
