"""`/v1/search/batch`."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from indexer.snapshot.errors import ClusterError, FormatMismatch
from indexer.snapshot.reader import Snapshot
from search_api.access.admission import SMALL_PRICE
from search_api.access.authorisation import charge
from search_api.access.disconnection import has_disconnected
from search_api.errors import invalid, problem_of
from search_api.routes.answer import answer, price_of
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.batch import MAX_BATCH_HITS, BatchBody, BatchResponse, BatchSearch
from search_api.schemas.problems import Problem
from search_api.state import SharedState, State

_PART_PRICE = 20 * SMALL_PRICE
"""What a thread does of a batch before it turns to other requests: some four searches for a question."""

router = APIRouter(tags=["search"])


@router.post("/v1/search/batch", response_model=BatchResponse, responses=problems(*KEY_PROBLEMS, 503))
async def batch(body: BatchBody, request: Request, state: SharedState) -> Response:
    """Answer several searches at once, from one version; each has its own parameters, and its own error."""
    searches = [_checked(search) for search in body.searches]
    _refuse_too_many_hits(searches)
    refusal = charge(request.scope, len(searches) - 1)  # the request itself has counted as one
    if refusal is not None:
        return refusal
    parts = list(_parts(searches, state))
    with state.borrow_snapshot() as snapshot:
        results = await _answer_all(parts, snapshot, request, state)
    return Response(b'{"results":[' + b",".join(chain.from_iterable(results)) + b"]}", media_type="application/json")


def _checked(search: object) -> BatchSearch | Problem:
    try:
        return BatchSearch.model_validate(search)
    except ValidationError as error:
        return invalid([{**entry, "loc": ("search", *entry["loc"])} for entry in error.errors()], BatchSearch)


def _refuse_too_many_hits(searches: list[BatchSearch | Problem]) -> None:
    n_hits = sum(search.k * search.paragraphs for search in searches if isinstance(search, BatchSearch))
    if n_hits > MAX_BATCH_HITS:
        message = f"ask for {n_hits:,} hits together, more than {MAX_BATCH_HITS:,}"
        raise RequestValidationError([{"type": "too_many_hits", "loc": ("body", "searches"), "msg": message}])


@dataclass(frozen=True, slots=True)
class _Part:
    """Some searches of a batch that one thread does, one after the other, and their price."""

    searches: Sequence[BatchSearch | Problem]
    price: float


def _parts(searches: Sequence[BatchSearch | Problem], state: State) -> Iterator[_Part]:
    """Yield the searches in parts that cost `_PART_PRICE`, or that have one search."""
    begun, price = 0, 0.0
    for place, search in enumerate(searches):
        own = price_of(search.to_query(), state) if isinstance(search, BatchSearch) else 0.0
        if place > begun and price + own > _PART_PRICE:
            yield _Part(searches[begun:place], price)
            begun, price = place, 0.0
        price += own
    yield _Part(searches[begun:], price)


async def _answer_all(
    parts: Sequence[_Part], snapshot: Snapshot, request: Request, state: State
) -> Sequence[Sequence[bytes]]:
    """Return the results of each part.

    The first part waits for its turn as a search does, or is refused and the batch with it. The others follow, as many
    at a time as there are threads, so that other requests come between them.

    Raises:
        HTTPException: 503 if too many requests are waiting, 408 if the client has gone.
    """
    first, *others = parts
    is_gone = partial(has_disconnected, request)
    results = [await state.admission.run_priced(first.price, is_gone, _results, first, snapshot, state)]
    results += [[]] * len(others)
    waiting = iter(enumerate(others, start=1))

    async def answer_parts() -> None:
        for place, part in waiting:
            if is_gone():
                raise HTTPException(408, "the client has gone")  # which nobody reads
            results[place] = await state.admission.run_begun(part.price, _results, part, snapshot, state)

    try:
        async with asyncio.TaskGroup() as lanes:
            for _ in range(state.admission.n_threads):
                lanes.create_task(answer_parts())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # as if it were the only one
    return results


def _results(part: _Part, snapshot: Snapshot, state: State) -> list[bytes]:
    snapshot = state.as_shown_now(snapshot)
    return [_result(search, snapshot, state) for search in part.searches]


def _result(search: BatchSearch | Problem, snapshot: Snapshot, state: State) -> bytes:
    """Return the answer to a search, or the problem that it has, as JSON."""
    if isinstance(search, Problem):
        return _json(search)
    try:
        return answer(
            search.to_query(), search.index_version, snapshot, state, require_complete=search.require_complete
        ).content
    except HTTPException as error:
        return _json(problem_of(error.status_code, error.detail))
    except ClusterError as error:
        return _json(problem_of(503, str(error)))
    except FormatMismatch as error:
        return _json(problem_of(409, str(error)))


def _json(problem: Problem) -> bytes:
    return problem.model_dump_json(exclude_none=True).encode()
