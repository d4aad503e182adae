"""Emptying the outbox of the ledger: every alert that waits is sent to the webhook of its saved search.

An alert leaves the outbox when its receiver has confirmed it. If this process ends in between, or cannot write the
ledger, it is sent again with the same id. Nothing here is an error of the run: what could not be delivered waits for
the next one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
from filelock import Timeout
from standardwebhooks import Webhook

from indexer.alerts.ledger import open_ledger
from indexer.alerts.webhooks.addresses import DeliveryFailed
from indexer.alerts.webhooks.message import Message, signer_with
from indexer.alerts.webhooks.send import MessageRefused, send, webhook_client
from indexer.snapshot.errors import KhabarError
from indexer.snapshot.files.locks import locked
from indexer.snapshot.format.alerts import StoredAlert
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import read_takedowns

_BUDGET_S = 300.0
"""After this time nothing more is sent; what has begun ends within half a minute."""

_RECEIVERS_AT_ONCE = 8

_LONG_WAIT_S = 600.0
"""For another run that has the ledger: an alert that is delivered must leave the outbox."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How many alerts were delivered, and how many wait for the next run; each problem once, one line each."""

    delivered: int
    waiting: int
    problems: tuple[str, ...]


def deliver_alerts(
    store: StoreLayout, webhooks: Mapping[str, str], secret: str | None, *, allow_private: bool = False
) -> DeliveryReport:
    """Send what waits in the outbox to the webhooks of saved searches, by their ids; no failure is an exception."""
    delivery, waiting = _Delivery(store), 0
    with delivery.noting_errors():
        waiting = len(_pending(store))
        if waiting:
            signer = signer_with(secret)
            with locked(store.deliveries_lock, timeout_s=0):
                asyncio.run(delivery.to_all(_by_receiver(_pending(store), webhooks), signer, allow_private))
    with delivery.noting_errors():
        waiting = len(_pending(store))
    return DeliveryReport(delivery.n_delivered, waiting, tuple(delivery.problems))


def _pending(store: StoreLayout) -> list[StoredAlert]:
    with open_ledger(store.alert_ledger) as ledger:
        return ledger.pending_deliveries()


def _by_receiver(pending: Sequence[StoredAlert], webhooks: Mapping[str, str]) -> dict[str, list[StoredAlert]]:
    receivers: dict[str, list[StoredAlert]] = defaultdict(list)
    for alert in pending:
        if alert.saved_search in webhooks:
            receivers[webhooks[alert.saved_search]].append(alert)
    return receivers


@dataclass(slots=True)
class _Delivery:
    """What one process delivers."""

    store: StoreLayout
    n_delivered: int = 0
    problems: dict[str, None] = field(default_factory=dict)

    def note(self, problem: str) -> None:
        self.problems[problem] = None

    @contextmanager
    def noting_errors(self) -> Iterator[None]:
        """Note an expected error that ends the block; the run is recorded, so it is no error of the run."""
        try:
            yield
        except Timeout:
            self.note("another process is sending alerts to webhooks")
        except (KhabarError, OSError) as error:
            self.note(str(error))

    async def to_all(self, receivers: Mapping[str, list[StoredAlert]], signer: Webhook, allow_private: bool) -> None:
        """Send to several receivers at once; those that wait take turns, so that slow ones keep no other one waiting.

        An error at one receiver ends its deliveries alone: another one may just have taken an alert that is not yet
        recorded as delivered.
        """
        deadline = asyncio.get_running_loop().time() + _BUDGET_S
        turn = asyncio.Semaphore(_RECEIVERS_AT_ONCE)  # first come, first served
        async with webhook_client(allow_private=allow_private) as client:

            async def to_one(url: str, alerts: Sequence[StoredAlert]) -> None:
                with self.noting_errors():
                    for alert in alerts:
                        async with turn:  # for one alert: then all others come first
                            if asyncio.get_running_loop().time() >= deadline:
                                self.note(f"more alerts wait than can be delivered in {_BUDGET_S:g} seconds")
                                return
                            if not await self._send(client, url, alert, signer):
                                return

            ended = await asyncio.gather(
                *(to_one(url, alerts) for url, alerts in receivers.items()), return_exceptions=True
            )
        for error in filter(None, ended):
            raise error

    async def _send(self, client: httpx.AsyncClient, url: str, alert: StoredAlert, signer: Webhook) -> bool:
        """Send an alert to its receiver and record what became of it; return whether to send it further ones."""
        if alert.article.id in read_takedowns(self.store).in_force():
            return True  # it waits: the article may be put back
        try:
            await send(client, url, Message.of(alert), signer)
        except DeliveryFailed as failure:
            await asyncio.to_thread(self._record, alert, delivered=False)
            # The path may be a secret.
            self.note(f"{alert.saved_search}: the webhook at {urlsplit(url).hostname} {failure}")
            return isinstance(failure, MessageRefused)
        await asyncio.to_thread(self._record, alert, delivered=True)
        self.n_delivered += 1
        return True

    def _record(self, alert: StoredAlert, *, delivered: bool) -> None:
        with open_ledger(self.store.alert_ledger, _LONG_WAIT_S) as ledger:
            ledger.record_delivery(alert.number, delivered=delivered)
