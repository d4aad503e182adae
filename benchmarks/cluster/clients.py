"""Clients that ask a service without a break, and keep every answer."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

_N_CLIENTS = 4
_PAUSE_S = 0.02
_TIMEOUT_S = 30.0
_WHOLE_FOR_S = 1.0
_OK = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: when it came, seconds of a monotonic clock, after how many milliseconds, and what it said.

    `status` is 0 if none came. `ids` are the articles of the hits.
    """

    text: str
    at_s: float
    latency_ms: float
    status: int
    is_complete: bool = True
    version: str = ""
    ids: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether the service answered, with all of its shards or without some."""
        return self.status == _OK

    @property
    def is_whole(self) -> bool:
        """Whether the service answered with all of its shards."""
        return self.is_ok and self.is_complete


class Clients:
    """Four clients, each of which asks again 20 ms after an answer."""

    def __init__(self, url: str, texts: Sequence[str]) -> None:
        self.answers: list[Answer] = []
        self._texts = list(texts)
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_S)
        self._ended = threading.Event()

    def ask(self, text: str) -> Answer:
        """Ask once."""
        started = time.monotonic()
        try:
            response = self._http.get("/v1/search", params={"q": text})
            body = response.json() if response.status_code == _OK else {}
        except (httpx.HTTPError, ValueError):
            return Answer(text, time.monotonic(), 1000 * (time.monotonic() - started), 0)
        ended = time.monotonic()
        return Answer(
            text,
            ended,
            1000 * (ended - started),
            response.status_code,
            body.get("complete", True),
            body.get("index", {}).get("version", ""),
            tuple(hit["article"]["id"] for hit in body.get("hits", ())),
        )

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask all texts in turn, again and again, while the block runs."""
        threads = [threading.Thread(target=self._ask_all, args=(number,)) for number in range(_N_CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()
            self._http.close()

    def were_whole(self) -> bool:
        """Return whether there were answers in the last second, and all of them whole."""
        since = time.monotonic() - _WHOLE_FOR_S
        recent = [answer for answer in self.answers[-1_000:] if answer.at_s > since]
        return bool(recent) and all(answer.is_whole for answer in recent)

    def _ask_all(self, number: int) -> None:
        place = number * len(self._texts) // _N_CLIENTS
        while not self._ended.wait(_PAUSE_S):
            self.answers.append(self.ask(self._texts[place % len(self._texts)]))
            place += 1
