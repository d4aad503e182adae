"""When a request is sent again, and when it is not."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic_core import to_json

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.search.page import Hit
from search_api.client import SavedSearch, ServiceError, ServiceUnreachable, UnexpectedAnswer
from tests.search_api.client.asking import asks
from tests.service_process import free_port

INDEX = {
    "version": "v1",
    "created_at": "2026-01-02T03:04:05Z",
    "age_s": 1.0,
    "stale": False,
    "counts": {"articles": 0, "paragraphs": 0, "paragraphs_by_language": {}, "rejected": 0},
    "encoder": {
        "name": "fake",
        "fingerprint": "f",
        "dim": 1,
        "backend": "b",
        "agreement_mean": None,
        "agreement_min": None,
        "student": None,
    },
    "index": {},
}


PARAGRAPH = Paragraph("a:1", 1, None, "قناة\u2028السويس", "ar")
HIT = to_json(Hit(1, 0.5, 0.9, ArticleSummary("a", None, "ar", None, None, None), PARAGRAPH, 0, (), (), 1))
"""A line of an export."""


class Server:
    """Answers with one outcome after the other, and notes how long clients waited between them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *outcomes: httpx.Response | Exception) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        own, sleep, sleep_async = threading.get_ident(), time.sleep, asyncio.sleep

        def note(seconds: float) -> None:  # a service that another test runs on a thread waits as always
            self.waits.append(seconds) if threading.get_ident() == own else sleep(seconds)

        async def note_async(seconds: float) -> None:
            self.waits.append(seconds) if threading.get_ident() == own else await sleep_async(seconds)

        monkeypatch.setattr(time, "sleep", note)
        monkeypatch.setattr(asyncio, "sleep", note_async)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def refusal(status: int = 503, retry_after: str | None = None) -> httpx.Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    content = {"title": "Service Unavailable", "status": status, "detail": "too many requests are waiting"}
    return httpx.Response(status, json=content, headers=headers)


def good() -> httpx.Response:
    return httpx.Response(200, json=INDEX)


@pytest.fixture
def ask_of(kind: str) -> Iterator[Callable[..., Any]]:
    clients = []

    def make(server: Server, **options: Any) -> Any:
        clients.append(asks(kind, "http://localhost", transport=httpx.MockTransport(server.answer), **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_a_refusal_is_waited_for(ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = (refusal(retry_after="2"), refusal(429, retry_after="7"))
    server = Server(monkeypatch, *refusals, good())
    assert ask_of(server)("index").version == "v1"
    assert server.waits == [2, 7]


def test_refusals_are_waited_for_a_bounded_time(ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, *(refusal(retry_after="3600") for _ in range(9)))
    with pytest.raises(ServiceError, match="too many requests are waiting") as caught:
        ask_of(server, retries=8, max_wait_s=20)("search", "canal")
    assert caught.value.status == 503
    assert sum(server.waits) <= 20
    assert len(server.requests) == 2


def test_without_time_to_wait_nothing_is_sent_again(
    ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(monkeypatch, good(), refusal(), httpx.ConnectError("refused"))
    ask = ask_of(server, max_wait_s=0)
    assert ask("index").version == "v1"
    with pytest.raises(ServiceError, match="too many requests are waiting"):
        ask("index")
    with pytest.raises(ServiceUnreachable, match="refused"):
        ask("index")
    assert server.waits == []


@pytest.mark.parametrize("retries", [0, 2])
def test_requests_are_sent_again_as_often_as_is_said(
    ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, retries: int
) -> None:
    server = Server(monkeypatch, *(refusal() for _ in range(9)))
    with pytest.raises(ServiceError):
        ask_of(server, retries=retries)("search", "canal")
    assert len(server.requests) == 1 + retries


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadError("reset"), httpx.RemoteProtocolError("closed")]
)
def test_a_search_is_sent_again_after_a_broken_connection(
    ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    server = Server(monkeypatch, error, error, good())
    assert ask_of(server)("index").version == "v1"


SAVED = SavedSearch(id="canals", query="قناة")


@pytest.mark.parametrize(
    ("error", "is_sent_again"), [(httpx.ConnectError("refused"), True), (httpx.ReadError("reset"), False)]
)
@pytest.mark.parametrize(
    ("method", "argument", "expected"),
    [
        ("add_saved_search", SAVED, SAVED),
        ("replace_saved_search", SAVED, SAVED),
        ("remove_saved_search", SAVED.id, None),
    ],
)
def test_what_changes_something_is_sent_again_only_if_the_service_was_not_reached(
    ask_of: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    argument: object,
    expected: object,
    error: Exception,
    is_sent_again: bool,
) -> None:
    server = Server(monkeypatch, error, httpx.Response(200, json=SAVED.model_dump(mode="json")))
    if is_sent_again:
        assert ask_of(server)(method, argument) == expected
    else:
        with pytest.raises(ServiceUnreachable, match="reset"):
            ask_of(server)(method, argument)
    assert len(server.requests) == 1 + is_sent_again


def test_what_takes_too_long_is_not_sent_again(ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is busy enough with the first."""
    server = Server(monkeypatch, httpx.ReadTimeout("read"), good())
    with pytest.raises(ServiceUnreachable, match=r"no answer from http://localhost/?: read"):
        ask_of(server)("index")


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_other_errors_are_not_sent_again(
    ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    server = Server(monkeypatch, refusal(status), good())
    with pytest.raises(ServiceError) as caught:
        ask_of(server)("index")
    assert caught.value.status == status


def test_an_error_of_a_proxy_has_its_status(ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, httpx.Response(502, text="<html>Bad gateway"))
    with pytest.raises(ServiceError, match=r"502 Bad Gateway: .* without saying why"):
        ask_of(server)("index")


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"text": "<html>a sign-in page"}),
        (200, {"json": {"version": "v1"}}),
        (302, {"headers": {"Location": "https://elsewhere.example/"}}),
    ],
)
def test_what_is_no_answer_of_khabar_is_said(
    ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, answer: tuple[int, dict[str, Any]]
) -> None:
    status, content = answer
    server = Server(monkeypatch, httpx.Response(status, **content))
    with pytest.raises(UnexpectedAnswer, match="/v1/index"):
        ask_of(server, key="secret")("index")
    assert len(server.requests) == 1  # the key goes to no other address


@pytest.mark.parametrize("call", [("index",), ("export", "canal"), ("export_file", "csv", "قناة")])
def test_an_answer_that_cannot_be_decoded_is_said(
    ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, call: tuple[str, ...]
) -> None:
    damaged = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))
    with pytest.raises(UnexpectedAnswer, match=r"the answer from http://localhost/? cannot be read: "):
        ask_of(Server(monkeypatch, damaged))(*call)


def test_an_export_that_ends_in_the_middle_of_a_line_is_said(
    ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for end in (b'{"rank": 1, "sco', HIT):
        with pytest.raises(UnexpectedAnswer, match="in the middle of a line"):
            ask_of(Server(monkeypatch, httpx.Response(200, content=HIT + b"\n" + end)))("export", "canal")
    (hit,) = ask_of(Server(monkeypatch, httpx.Response(200, content=HIT + b"\n")))("export", "canal")
    assert hit.paragraph.text == "قناة\u2028السويس"


def test_fields_of_a_newer_service_are_ignored(ask_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, httpx.Response(200, json={**INDEX, "added": 1}))
    assert ask_of(server)("index").version == "v1"


def test_nothing_listens(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    client = asks(kind, f"http://127.0.0.1:{free_port()}", retries=1, max_wait_s=0.1)
    with pytest.raises(ServiceUnreachable, match="no answer from http://127"):
        client("index")
    client.close()
