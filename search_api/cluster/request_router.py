"""Which replica of a shard is asked: where a question is repeated, another one than before.

Ray Serve makes one router for each deployment handle, in the process that asks. This module imports Ray, and only Ray
imports this module.
"""

import asyncio
import random
from collections import OrderedDict
from typing import Any

from ray.serve.request_router import PendingRequest, ReplicaID, RequestRouter, RunningReplica

_REMEMBERED = 10_000
"""Questions whose replicas are known: more than a process asks a shard within any deadline."""


class RepeatedQuestionRouter(RequestRouter):
    """Chooses the less busy of two random replicas, among those that did not get the same question before.

    The argument `question` of a request is a number that its repetition has too; without it, nothing is remembered.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what Ray Serve gives."""
        super().__init__(*args, **kwargs)
        self._routed: OrderedDict[int, list[asyncio.Future[RunningReplica]]] = OrderedDict()

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """Return two replicas of which Ray Serve takes the less busy one; all are possible where each has been asked.

        Ray Serve asks again for a request until it has found a replica.
        """
        asked: set[ReplicaID] = set()
        if pending_request is not None:
            pending_request.routing_context.should_backoff = True  # else Serve would try again without a pause
            asked = self._asked_before(pending_request)
        others = [replica for replica in candidate_replicas if replica.replica_id not in asked]
        possible = others or candidate_replicas
        return [random.sample(possible, min(2, len(possible)))]

    def _asked_before(self, request: PendingRequest) -> set[ReplicaID]:
        """Return the replicas that got the question of a request before, and remember the request."""
        question = request.kwargs.get("question")
        if question is None:
            return set()
        routed = self._routed.setdefault(question, [])
        # A request that waits for its replica, or has found none, is not among them; this one waits.
        found = [future for future in routed if future.done() and not future.cancelled() and not future.exception()]
        asked = {future.result().replica_id for future in found}
        if request.future not in routed:
            routed.append(request.future)
        if len(self._routed) > _REMEMBERED:
            self._routed.popitem(last=False)
        return asked
