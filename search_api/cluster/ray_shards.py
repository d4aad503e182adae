"""The shards of a version on a Ray cluster, as a search asks them.

A shard that does not answer within half of its deadline is asked again, at another replica where there is one
(`request_router.py`). If that does not answer either, it is silent: the search goes on without its paragraphs and says
so. A shard that is silent twice in a row is left alone for a second, so that not every search waits for it.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from indexer.snapshot.errors import ClusterError, UsageError
from indexer.snapshot.layout import VersionLayout
from indexer.snapshot.python_turn import native_code
from indexer.snapshot.ray_cluster import connect_ray
from indexer.snapshot.shards.record import ShardRecord
from indexer.snapshot.shards.requests import Answer, Request
from indexer.snapshot.shards.silence import is_silent, note_silent
from search_api.cluster.application import DIRECTORY, NAME, ShardPlan, application, deployment_of

_ALONE_S = 1.0
"""How long a shard that was silent is not asked."""

_OPEN_WITHIN_S = 600.0
"""How long a shard may take to map a version; a large one is read as a whole first."""

_PLAN_WITHIN_S = 60.0

_questions = count()
"""Numbers for questions; a repeated one keeps its number."""

_log = logging.getLogger(__name__)


class RayShards:
    """The shards of one version; several threads may ask at once."""

    def __init__(self, version: str, handles: Sequence[Any], deadline_s: float) -> None:
        """Take the handle of each shard's deployment, and how many seconds a shard has to answer."""
        self._version, self._handles, self._deadline_s = version, handles, deadline_s
        self._alone_until = [0.0] * len(handles)
        self._was_silent = [False] * len(handles)

    def ask(self, requests: Mapping[int, Request[Answer]]) -> dict[int, Answer]:
        """Return the answers to requests, by the number of the shard; a shard that is silent has none.

        Raises:
            ClusterError: a shard is silent where that must not be.
        """
        now = time.monotonic()
        asked = {
            number: request
            for number, request in requests.items()
            if self._alone_until[number] <= now and not is_silent(number)
        }
        answers = self._ask(asked)
        for number in requests:
            if number in answers:
                self._was_silent[number] = False
                continue
            if number in asked:
                if self._was_silent[number]:
                    self._alone_until[number] = time.monotonic() + _ALONE_S
                self._was_silent[number] = True
            note_silent(number)
        return answers

    def _ask(self, requests: Mapping[int, Request[Answer]]) -> dict[int, Answer]:
        """Ask twice where there is no answer in time.

        The first request is not given up before the second has an answer: it may still be answered, and as long as it
        waits at a replica, Serve takes that for a busy one and prefers another for the next question.
        """
        question = next(_questions)
        with native_code():
            first = {number: self._send(number, request, question) for number, request in requests.items()}
            answers = _collected(first, self._deadline_s / 2)
            late = {number: response for number, response in first.items() if number not in answers}
            second = {number: self._send(number, requests[number], question) for number in late}
            answers |= _collected(second, self._deadline_s / 2)
            answers |= _collected({number: late[number] for number in late if number not in answers}, 0)
            for response in (*late.values(), *(second[number] for number in second if number not in answers)):
                response.cancel()
        return answers

    def _send(self, number: int, request: Request[Any], question: int) -> Any:
        return self._handles[number].answer.remote(self._version, request, question=question)

    def close(self) -> None:
        """Do nothing: the replicas let go of a version when they have mapped newer ones."""


class RayConnection:
    """A cluster with the shards of a store; the application is started if it is not there."""

    def __init__(self, address: str | None, store: str, replicas: int, deadline_s: float) -> None:
        """Connect to a cluster, or start one on this machine if `address` is None.

        Raises:
            UsageError: Ray Serve is not installed, or `connect_ray` failed.
        """
        self._ray, self._serve = _started_serve(address)
        self._store, self._replicas, self._deadline_s = store, replicas, deadline_s

    def __call__(self, layout: VersionLayout, records: Sequence[ShardRecord], _dim: int) -> RayShards:
        """Return the shards of a version when all of them have mapped it.

        Raises:
            ClusterError: one has not, in ten minutes, or cannot.
        """
        version = layout.root.name
        try:
            self._ensure_deployed(len(records))
            handles = [
                # By value and over gRPC: half of the time that references take.
                self._serve.get_deployment_handle(deployment_of(number), NAME).options(_by_reference=False)
                for number in range(len(records))
            ]
            for response in [handle.answer.remote(version, is_ready) for handle in handles]:
                response.result(timeout_s=_OPEN_WITHIN_S)
        except ClusterError:
            raise
        except Exception as error:  # Ray has many
            raise ClusterError(f"the shards of version {version} are not ready: {_last_line(error)}") from error
        return RayShards(version, handles, self._deadline_s)

    def _ensure_deployed(self, n_shards: int) -> None:
        """Start the application, or replace it if it has fewer shards."""
        if NAME in self._serve.status().applications:
            directory = self._serve.get_deployment_handle(DIRECTORY, NAME)
            plan: ShardPlan = directory.plan.remote().result(timeout_s=_PLAN_WITHIN_S)
            if plan.store != self._store:
                name = plan.store.rpartition("@")[2]  # without credentials
                raise ClusterError(f"this cluster has the shards of {name}; one cluster has those of one store")
            if plan.n_shards >= n_shards:
                return
        n_nodes = sum(node["Alive"] for node in self._ray.nodes())
        self._serve.run(application(self._store, n_shards, self._replicas, n_nodes), name=NAME, route_prefix=None)


def _collected(responses: Mapping[int, Any], timeout_s: float) -> dict[int, Any]:
    """Return the answers that come in time, by the number of the shard."""
    answers, until = {}, time.monotonic() + timeout_s
    for number, response in responses.items():
        try:
            answers[number] = response.result(timeout_s=max(until - time.monotonic(), 0.001))
        except Exception as error:  # noqa: BLE001  # whatever is wrong with a replica, another may answer
            _log.warning("shard %d does not answer: %s", number, _last_line(error))
    return answers


def is_ready(_shard: object) -> bool:
    """Answer that the shard is mapped."""
    return True


def _started_serve(address: str | None) -> tuple[Any, Any]:
    """Return the modules of Ray and of Ray Serve."""
    ray = connect_ray(address)
    try:
        from ray import serve
    except ModuleNotFoundError as error:
        raise UsageError("--engine ray needs Ray Serve: pip install 'khabar[ray]'") from error
    serve.start(proxy_location="Disabled", logging_config={"log_level": "ERROR", "enable_access_log": False})
    return ray, serve


def _last_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1]
