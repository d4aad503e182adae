"""`/v1/search/batch`."""

import asyncio
from functools import partial
from itertools import chain

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from indexer.snapshot.errors import FormatMismatch
from indexer.snapshot.reader import Snapshot
from search_api.access.authorisation import charge
from search_api.access.disconnection import has_disconnected
from search_api.errors import invalid, problem_of
from search_api.routes.answer import answer, price_of
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.batch import MAX_BATCH_HITS, BatchBody, BatchResponse, BatchSearch
from search_api.schemas.problems import Problem
from search_api.state import SharedState, State

_PART = 10
"""Searches that a thread does before it turns to other requests."""

router = APIRouter(tags=["search"])


@router.post("/v1/search/batch", response_model=BatchResponse, responses=problems(*KEY_PROBLEMS, 503))
async def batch(body: BatchBody, request: Request, state: SharedState) -> Response:
    """Answer several searches at once, from one version; each has its own parameters, and its own error."""
    searches = [_checked(search) for search in body.searches]
    _refuse_too_many_hits(searches)
    refusal = charge(request.scope, len(searches) - 1)  # the request itself has counted as one
    if refusal is not None:
        return refusal
    with state.borrow_snapshot() as snapshot:
        results = await _answer_all(searches, snapshot, request, state)
    content = b'{"results":[' + b",".join(results) + b"]}"
    return Response(content, media_type="application/json")


def _checked(search: object) -> BatchSearch | Problem:
    try:
        return BatchSearch.model_validate(search)
    except ValidationError as error:
        return invalid([{**entry, "loc": ("search", *entry["loc"])} for entry in error.errors()])


def _refuse_too_many_hits(searches: list[BatchSearch | Problem]) -> None:
    n_hits = sum(search.k * search.paragraphs for search in searches if isinstance(search, BatchSearch))
    if n_hits > MAX_BATCH_HITS:
        message = f"ask for {n_hits:,} hits together, more than {MAX_BATCH_HITS:,}"
        raise RequestValidationError([{"type": "too_many_hits", "loc": ("body", "searches"), "msg": message}])


async def _answer_all(
    searches: list[BatchSearch | Problem], snapshot: Snapshot, request: Request, state: State
) -> list[bytes]:
    """Answer the searches in parts, as many at a time as there are threads for: other requests come between them."""
    parts = [searches[start : start + _PART] for start in range(0, len(searches), _PART)]
    results: list[list[bytes]] = [[] for _ in parts]
    waiting = iter(enumerate(parts))

    async def answer_parts() -> None:
        for place, part in waiting:
            results[place] = await _answer_part(part, snapshot, request, state)

    async with asyncio.TaskGroup() as lanes:
        for _ in range(state.admission.n_parallel):
            lanes.create_task(answer_parts())
    return list(chain.from_iterable(results))


async def _answer_part(
    part: list[BatchSearch | Problem], snapshot: Snapshot, request: Request, state: State
) -> list[bytes]:
    """Answer some searches one after the other on a thread; without time for them, each has the problem of that."""
    price = sum(price_of(search.to_query(), state) for search in part if isinstance(search, BatchSearch))
    work = partial(_results, part, snapshot, state)
    try:
        return await state.admission.run_priced(price, partial(has_disconnected, request), work)
    except HTTPException as error:
        refused = problem_of(error.status_code, error.detail)
        return [_json(search if isinstance(search, Problem) else refused) for search in part]


def _results(part: list[BatchSearch | Problem], snapshot: Snapshot, state: State) -> list[bytes]:
    return [_result(search, snapshot, state) for search in part]


def _result(search: BatchSearch | Problem, snapshot: Snapshot, state: State) -> bytes:
    """Return the answer to a search, or the problem that it has, as JSON."""
    if isinstance(search, Problem):
        return _json(search)
    try:
        return answer(search.to_query(), search.index_version, snapshot, state).content
    except HTTPException as error:
        return _json(problem_of(error.status_code, error.detail))
    except FormatMismatch as error:
        return _json(problem_of(409, str(error)))


def _json(problem: Problem) -> bytes:
    return problem.model_dump_json(exclude_none=True).encode()
