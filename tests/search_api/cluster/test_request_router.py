"""Which replica is chosen; Ray Serve is not started, so nothing but the choice is tested."""

import asyncio
import importlib
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Ray Serve's own schema

REPLICAS: list[Any] = [SimpleNamespace(replica_id=name) for name in ("a", "b", "c")]


class Request:
    """A request as Ray Serve has it until it has found a replica."""

    def __init__(self, **arguments: int) -> None:
        self.kwargs = arguments
        self.future: asyncio.Future[Any] = asyncio.Future()
        self.routing_context = SimpleNamespace(should_backoff=False)


@pytest.fixture
def module() -> ModuleType:
    return importlib.import_module("search_api.cluster.request_router")  # imports Ray Serve, which warns


@pytest.fixture
def router(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module.RequestRouter, "__init__", lambda _self: None)
    return module.RepeatedQuestionRouter()


async def possible(router: Any, request: Any, replicas: list[Any] | None = None) -> set[str]:
    """Return the replicas that may be chosen; Ray Serve may ask any number of times."""
    found: set[str] = set()
    for _ in range(50):
        (chosen,) = await router.choose_replicas(REPLICAS if replicas is None else replicas, request)
        assert 0 < len(chosen) <= 2
        assert len({replica.replica_id for replica in chosen}) == len(chosen)
        found |= {replica.replica_id for replica in chosen}
    return found


def test_a_repeated_question_goes_to_a_replica_that_has_not_had_it(router: Any) -> None:
    async def ask() -> None:
        requests = [Request(question=7) for _ in range(4)]
        remaining = ["a", "b", "c"]
        for request in requests[:3]:
            assert await possible(router, request) == {*remaining}
            request.future.set_result(REPLICAS[3 - len(remaining)])
            remaining.pop(0)
        assert await possible(router, requests[3]) == {"a", "b", "c"}  # each has had it
        assert requests[0].routing_context.should_backoff

    asyncio.run(ask())


def test_other_questions_and_those_without_a_number_go_anywhere(router: Any) -> None:
    async def ask() -> None:
        first = Request(question=1)
        await possible(router, first)
        first.future.set_result(REPLICAS[0])
        assert await possible(router, Request(question=1)) == {"b", "c"}
        for other in (Request(question=2), Request(), None):
            assert await possible(router, other) == {"a", "b", "c"}

    asyncio.run(ask())


def test_a_request_that_found_no_replica_keeps_none_from_being_asked(router: Any) -> None:
    async def ask() -> None:
        waiting, cancelled, failed = (Request(question=1) for _ in range(3))
        for request in (waiting, cancelled, failed):
            assert await possible(router, request) == {"a", "b", "c"}
        cancelled.future.cancel()
        failed.future.set_exception(RuntimeError())
        assert await possible(router, Request(question=1)) == {"a", "b", "c"}
        assert await possible(router, Request(question=1), REPLICAS[:1]) == {"a"}

    asyncio.run(ask())


def test_old_questions_are_forgotten(router: Any, module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 3)

    async def ask() -> None:
        for number in range(5):
            request = Request(question=number)
            await possible(router, request)
            request.future.set_result(REPLICAS[0])
        for number, is_known in ((1, False), (4, True)):
            assert ("a" in await possible(router, Request(question=number))) is not is_known

    asyncio.run(ask())
