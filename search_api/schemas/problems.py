"""Errors in responses, as RFC 9457 describes them."""

from pydantic import BaseModel


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """An error, RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
