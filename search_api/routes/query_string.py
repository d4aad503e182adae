"""Parameters that a route reads from the query string by hand."""

from collections import Counter
from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from search_api.errors import WrongParameters
from search_api.schemas.request import SearchParameters

Parameters = TypeVar("Parameters", bound=SearchParameters)


def parameters_in_query(request: Request, model: type[Parameters]) -> Parameters:
    """Return the parameters in a query string.

    They are read by hand: where FastAPI reads a model of query parameters, that takes a tenth of the time
    that Python spends on a request.

    Raises:
        RequestValidationError: one is wrong, unknown, or given twice; only one of its values would count.
    """
    pairs = request.query_params.multi_items()
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        twice = sorted(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise RequestValidationError(
            [{"type": "repeated", "loc": ("query", name), "msg": "is given more than once"} for name in twice]
        )
    try:
        return model.model_validate(parameters)
    except ValidationError as error:
        raise WrongParameters(error, model) from error
