"""From HTTP answers to results or errors. Nothing is received here."""

from http import HTTPStatus
from typing import TypeVar

import httpx
from pydantic import ValidationError

from search_api.client.calls import Call
from search_api.client.errors import NotFound, ServiceError, ServiceUnreachable, UnexpectedAnswer, VersionChanged
from search_api.schemas.problems import Problem

T = TypeVar("T")


def result_of(call: Call[T], answer: httpx.Response) -> T:
    """Return the result of a call; the answer has been read as a whole.

    Raises:
        ServiceError: it is a problem document, or an error of something between client and service.
        UnexpectedAnswer: it is no answer to this call.
    """
    raise_for_problem(answer)
    return read_part(call, answer.content)


def read_part(call: Call[T], content: bytes) -> T:
    """Return what a call reads from the body of an answer, or from a part of it.

    Raises:
        UnexpectedAnswer: it cannot be read.
    """
    try:
        return call.read(content)
    except ValueError as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise UnexpectedAnswer(f"{call.method} {call.path}: the answer cannot be read: {reason}") from error


def raise_for_problem(answer: httpx.Response) -> None:
    """Raise an error if an answer is not a good one.

    Raises:
        ServiceError: it is a problem document, or an error of something between client and service.
        UnexpectedAnswer: it leads to another address.
    """
    if answer.is_success:
        return
    if not answer.is_error:
        raise UnexpectedAnswer(f"{answer.url} answers {answer.status_code}, as no khabar does; is the address right?")
    problem = _problem(answer)
    kind = ServiceError
    if problem.status == HTTPStatus.NOT_FOUND:
        kind = NotFound
    elif problem.status == HTTPStatus.CONFLICT and problem.detail.startswith("index_version:"):
        kind = VersionChanged
    raise kind(problem, answer.headers.get("X-Request-ID"))


class Lines:
    """Puts the lines of a stream together; a line of JSON may hold any other sign that Unicode ends a line with."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, part: bytes) -> list[bytes]:
        """Return the lines that a part of the stream completes."""
        *lines, self._begun = (self._begun + part).split(b"\n")
        return lines

    def end(self) -> None:
        """Note that the stream has ended.

        Raises:
            UnexpectedAnswer: its last line has no end, so that a part of it or further lines may be missing.
        """
        if self._begun:
            raise UnexpectedAnswer("the answer ends in the middle of a line: hits may be missing")


def error_of(error: httpx.HTTPError, base_url: httpx.URL) -> ServiceUnreachable | UnexpectedAnswer:
    """Return the error of a request that got no answer, or one that cannot be decoded, such as gzip that is damaged."""
    reason = error or type(error).__name__
    if isinstance(error, httpx.TransportError):
        return ServiceUnreachable(f"no answer from {base_url}: {reason}")
    return UnexpectedAnswer(f"the answer from {base_url} cannot be read: {reason}")


def _problem(answer: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(answer.content)
    except ValidationError:  # a proxy's page
        detail = f"{answer.url} answers {answer.status_code} without saying why"
        return Problem(title=answer.reason_phrase or "Error", status=answer.status_code, detail=detail)
