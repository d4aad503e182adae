"""The outbox: every alert of a search with a webhook is sent until it is received, and then never again."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from indexer.alerts.ledger import Ledger, open_ledger
from indexer.alerts.run import run_alerts
from indexer.alerts.webhooks import deliver, send
from indexer.alerts.webhooks.deliver import DeliveryReport, deliver_alerts
from indexer.purge import purge
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.alerts import StoredAlert
from indexer.snapshot.layout import StoreLayout
from indexer.store.takedown import record_takedowns
from search_api.cli import app
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store
from tests.indexer.alerts.webhooks.receiver import SECRET, Receiver, running_receiver

LATER = [
    make_article(f"later-{word}", "en", f"The {word} of the moon was seen by thousands in the {word} museum today.")
    for word in ("dust", "stone")
]

NEW = ["en-moon", "ar-quake", "en-undated/with slash"]
"""What the second version has and the first has not, the best one for the saved search first."""


@pytest.fixture(autouse=True)
def _without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "_LONGEST_WAIT_S", 0.0)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path, receiver: Receiver) -> StoreLayout:
    """Return a store of two versions, with a saved search that has a webhook and one that has none."""
    store = StoreLayout(tmp_path / "store")
    publish_fake_store(store.root, ARTICLES[:2], version="v1")
    publish_fake_store(store.root, ARTICLES, version="v2")
    save(store, moon(receiver.url), {"id": "no webhook", "query": "moon", "min_relevance": 0})
    return store


def moon(webhook: str | None, search_id: str = "قمر") -> dict[str, Any]:
    return {"id": search_id, "query": "moon", "min_relevance": 0, "webhook": webhook}


def save(store: StoreLayout, *searches: dict[str, Any]) -> None:
    store.saved_searches.write_text("\n".join(json.dumps(one) for one in searches), encoding="utf-8")


def deliver_run(store: StoreLayout, secret: str | None = SECRET) -> DeliveryReport:
    """Run the saved searches and send what waits."""
    return deliver_alerts(store, run_alerts(store).webhooks, secret, allow_private=True)


def articles(receiver: Receiver) -> list[str]:
    return [article for _, article in receiver.alerts()]


def test_each_alert_is_sent_once_signed_and_as_the_service_shows_it(store: StoreLayout, receiver: Receiver) -> None:
    run = run_alerts(store)
    assert deliver_alerts(store, run.webhooks, SECRET, allow_private=True) == DeliveryReport(3, 0, ())
    assert articles(receiver) == [alert.article.id for alert in run.alerts if alert.saved_search == "قمر"]
    assert sorted(articles(receiver)) == sorted(NEW)
    path, headers, body = receiver.received[0]
    assert (path, headers["content-type"]) == ("/hook?token=t", "application/json")
    assert headers["user-agent"].startswith("khabar/")
    content = json.loads(body)
    assert set(content) == {"type", "timestamp", "data"}
    assert content["type"] == "alert.found"
    lines = [json.loads(line) for line in run.lines.read_text(encoding="utf-8").splitlines()]
    assert content["data"] in lines
    assert content["timestamp"] == content["data"]["found_at"]
    assert deliver_run(store) == DeliveryReport(0, 0, ())
    run_alerts(store, "v1")  # finds them again
    assert deliver_run(store) == DeliveryReport(0, 0, ())
    assert len(receiver.received) == 3


def test_a_receiver_that_fails_is_asked_again_at_once_and_in_the_next_run(
    store: StoreLayout, receiver: Receiver
) -> None:
    receiver.status = lambda number: 500 if number < 2 else 200
    assert deliver_run(store).delivered == 3
    first, second, third, *_ = receiver.alerts()
    assert first == second == third  # one message, with one id
    receiver.received.clear()
    publish_fake_store(store.root, [*ARTICLES, *LATER], version="v3")
    receiver.status = lambda _number: 503
    failed = deliver_run(store)
    assert failed == DeliveryReport(0, 2, ("قمر: the webhook at 127.0.0.1 answers 503",))
    assert len(receiver.received) == 3  # the second one is not tried at a receiver that is down
    ids = {message_id for message_id, _ in receiver.alerts()}
    receiver.received.clear()
    receiver.status = lambda _number: 200
    assert deliver_run(store) == DeliveryReport(2, 0, ())
    assert ids < {message_id for message_id, _ in receiver.alerts()}


def test_a_message_that_is_refused_keeps_no_other_one_back(store: StoreLayout, receiver: Receiver) -> None:
    receiver.status = lambda number: 400 if number == 0 else 200
    report = deliver_run(store)
    assert report == DeliveryReport(2, 1, ("قمر: the webhook at 127.0.0.1 answers 400",))
    refused = receiver.alerts()[0]
    receiver.received.clear()
    receiver.status = lambda _number: 200
    assert deliver_run(store) == DeliveryReport(1, 0, ())
    assert receiver.alerts() == [refused]


def test_what_has_failed_comes_after_what_is_new(store: StoreLayout, receiver: Receiver) -> None:
    receiver.status = lambda _number: 500
    deliver_run(store)
    failed = articles(receiver)[0]
    receiver.received.clear()
    receiver.status = lambda _number: 200
    deliver_run(store)
    assert articles(receiver)[-1] == failed


def test_redirects_are_not_followed(store: StoreLayout, receiver: Receiver) -> None:
    receiver.status = lambda _number: 307
    report = deliver_run(store)
    problem = "قمر: the webhook at 127.0.0.1 answers 307; redirects are not followed"
    assert (report.delivered, report.problems) == (0, (problem,))
    assert len(receiver.received) == 3


def test_one_receiver_that_is_down_keeps_no_other_one_waiting(store: StoreLayout, receiver: Receiver) -> None:
    save(
        store,
        moon("http://127.0.0.1:1/closed", "down"),
        moon("http://no-such-host.invalid/", "lost"),
        moon(receiver.url),
    )
    report = deliver_run(store)
    assert (report.delivered, report.waiting) == (3, 6)
    assert len(report.problems) == 2
    assert any("down: the webhook at 127.0.0.1 cannot be reached: " in problem for problem in report.problems)
    assert any(
        "lost: the webhook at no-such-host.invalid cannot be reached: cannot be looked up" in problem
        for problem in report.problems
    )


def test_several_receivers_are_sent_to_at_once(store: StoreLayout, receiver: Receiver) -> None:
    with running_receiver() as other:
        both = threading.Barrier(2, timeout=8)  # neither answers before the other one is asked
        receiver.before_answer = other.before_answer = both.wait
        save(store, moon(receiver.url), moon(other.url, "other"))
        assert deliver_run(store) == DeliveryReport(6, 0, ())
    assert (len(receiver.received), len(other.received)) == (3, 3)


def test_receivers_that_wait_take_turns(
    store: StoreLayout, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_RECEIVERS_AT_ONCE", 1)
    asked: list[str] = []
    with running_receiver() as other:
        receiver.before_answer, other.before_answer = lambda: asked.append("one"), lambda: asked.append("other")
        save(store, moon(receiver.url), moon(other.url, "other"))
        assert deliver_run(store).delivered == 6
    assert asked in (["one", "other"] * 3, ["other", "one"] * 3)


@pytest.mark.parametrize("error", [StoreError("the disk is full"), RuntimeError("a mistake")])
def test_an_error_at_one_receiver_leaves_the_deliveries_of_others_alone(
    store: StoreLayout, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with running_receiver() as failing:
        failed, record = threading.Event(), Ledger.record_delivery

        def fail_for_one(ledger: Ledger, number: int, *, delivered: bool) -> None:
            if number in numbers:
                failed.set()
                raise error
            record(ledger, number, delivered=delivered)

        receiver.before_answer = lambda: failed.wait(timeout=8)  # it has taken an alert when the other one fails
        save(store, moon(receiver.url), moon(failing.url, "failing"))
        run = run_alerts(store)
        numbers = {alert.number for alert in _waiting(store) if alert.saved_search == "failing"}
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "record_delivery", fail_for_one)
            if isinstance(error, StoreError):
                report = deliver_alerts(store, run.webhooks, SECRET, allow_private=True)
                assert report == DeliveryReport(3, 3, ("the disk is full",))
            else:
                with pytest.raises(RuntimeError, match="a mistake"):
                    deliver_alerts(store, run.webhooks, SECRET, allow_private=True)
        assert len(failing.received) == 1  # nothing more is sent where nothing can be recorded
        assert {alert.saved_search for alert in _waiting(store)} == {"failing"}
        assert deliver_alerts(store, run.webhooks, SECRET, allow_private=True) == DeliveryReport(3, 0, ())
        assert failing.alerts()[0] in failing.alerts()[1:]  # sent again with the same id
    assert len(receiver.received) == len(set(receiver.alerts())) == 3


def _waiting(store: StoreLayout) -> list[StoredAlert]:
    with open_ledger(store.alert_ledger) as ledger:
        return ledger.pending_deliveries()


def test_a_receiver_that_never_ends_its_answer_is_left(
    store: StoreLayout, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "_ATTEMPT_S", 0.2)
    receiver.before_answer = lambda: time.sleep(1)
    report = deliver_run(store)
    assert report.delivered == 0
    assert report.problems == ("قمر: the webhook at 127.0.0.1 has not answered within 0.2 seconds",)


def test_after_its_time_nothing_more_is_sent(
    store: StoreLayout, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_BUDGET_S", 0.0)
    report = deliver_run(store)
    assert report == DeliveryReport(0, 3, ("more alerts wait than can be delivered in 0 seconds",))
    assert receiver.received == []


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        (None, "KHABAR_WEBHOOK_SECRET is not set"),
        ("", "KHABAR_WEBHOOK_SECRET is not set"),
        ("whsec_c2hvcnQ=", "KHABAR_WEBHOOK_SECRET is not whsec_ and at least 24 random bytes"),
        ("c2VjcmV0" * 6, "KHABAR_WEBHOOK_SECRET is not whsec_ and at least 24 random bytes"),
        (SECRET + "A", "KHABAR_WEBHOOK_SECRET is not whsec_ and Base64"),
    ],
)
def test_nothing_is_sent_without_a_secret(
    store: StoreLayout, receiver: Receiver, secret: str | None, problem: str
) -> None:
    report = deliver_run(store, secret)
    assert (report.delivered, report.waiting) == (0, 3)
    assert report.problems[0].startswith(problem)
    assert receiver.received == []
    assert deliver_run(store).delivered == 3


def test_a_store_without_webhooks_needs_no_secret(store: StoreLayout) -> None:
    save(store, moon(None))
    assert deliver_run(store, None) == DeliveryReport(0, 0, ())


def test_an_article_that_is_taken_down_is_not_sent_until_it_is_put_back(store: StoreLayout, receiver: Receiver) -> None:
    run = run_alerts(store)
    record_takedowns(store, ["ar-quake"], "takedown", "")
    assert deliver_alerts(store, run.webhooks, SECRET, allow_private=True) == DeliveryReport(2, 1, ())
    assert "ar-quake" not in articles(receiver)
    record_takedowns(store, ["ar-quake"], "undo", "")
    assert deliver_alerts(store, run.webhooks, SECRET, allow_private=True) == DeliveryReport(1, 0, ())


def test_a_takedown_between_two_deliveries_holds(store: StoreLayout, receiver: Receiver) -> None:
    receiver.before_answer = lambda: record_takedowns(store, NEW[1:], "takedown", "")
    assert deliver_run(store).waiting == 2
    assert articles(receiver) == ["en-moon"]


def test_a_purge_removes_what_waits(store: StoreLayout, receiver: Receiver) -> None:
    deliver_run(store, None)
    record_takedowns(store, ["ar-quake"], "takedown", "")
    publish_fake_store(store.root, [one for one in ARTICLES if one.id != "ar-quake"], version="v3")
    purge(store, keep=1)
    text = ARTICLES[3].blocks[0]
    for path in filter(Path.is_file, store.root.rglob("*")):
        content = path.read_bytes()
        assert text.encode() not in content, path
        assert json.dumps(text)[1:-1].encode() not in content, path
    record_takedowns(store, ["ar-quake"], "undo", "")
    run = run_alerts(store)
    assert run.n_given_up == 0  # it has left the outbox
    assert deliver_alerts(store, run.webhooks, SECRET, allow_private=True) == DeliveryReport(2, 0, ())
    assert "ar-quake" not in articles(receiver)


def test_what_was_found_too_long_ago_is_given_up(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver_run(store, None)
    later = datetime.now(UTC) + timedelta(days=31)
    monkeypatch.setattr("indexer.alerts.run.datetime", SimpleNamespace(now=lambda _zone: later))
    run = run_alerts(store)
    assert run.n_given_up == 3
    assert deliver_alerts(store, run.webhooks, SECRET) == DeliveryReport(0, 0, ())
    assert run_alerts(store).n_given_up == 0


def test_a_webhook_that_moves_gets_what_waits_and_one_that_is_gone_does_not(
    store: StoreLayout, receiver: Receiver
) -> None:
    save(store, moon("http://127.0.0.1:1/", "moves"), moon("http://127.0.0.1:1/", "goes"))
    assert deliver_run(store).waiting == 6
    save(store, moon(receiver.url, "moves"), moon(None, "goes"))
    run = run_alerts(store)
    assert run.n_given_up == 3
    assert deliver_alerts(store, run.webhooks, SECRET, allow_private=True) == DeliveryReport(3, 0, ())


def test_two_processes_do_not_send_at_the_same_time(store: StoreLayout, receiver: Receiver) -> None:
    with FileLock(store.deliveries_lock):
        assert deliver_run(store) == DeliveryReport(0, 3, ("another process is sending alerts to webhooks",))
    assert receiver.received == []


def test_a_ledger_that_cannot_be_read_is_no_error_of_the_run(store: StoreLayout) -> None:
    run = run_alerts(store)
    store.alert_ledger.write_bytes(b"no database" * 100)
    report = deliver_alerts(store, run.webhooks, SECRET)
    assert (report.delivered, report.waiting) == (0, 0)
    assert "is damaged" in report.problems[0]


def test_a_run_that_is_killed_after_it_was_recorded_is_delivered_by_the_next_one(
    store: StoreLayout, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("indexer.alerts.run._write_files", fail)
        with pytest.raises(OSError, match="killed"):
            run_alerts(store)
    assert deliver_run(store) == DeliveryReport(3, 0, ())
    assert sorted(articles(receiver)) == sorted(NEW)


_KILLED = """
import sys
from pathlib import Path
from indexer.alerts.webhooks.deliver import deliver_alerts
from indexer.snapshot.layout import StoreLayout
deliver_alerts(StoreLayout(Path(sys.argv[1])), {"قمر": sys.argv[2]}, sys.argv[3], allow_private=True)
"""


def test_a_process_that_is_killed_while_it_sends_repeats_at_most_that_message(
    store: StoreLayout, receiver: Receiver
) -> None:
    run = run_alerts(store)
    process = subprocess.Popen([sys.executable, "-c", _KILLED, str(store.root), receiver.url, SECRET])

    def kill_at_the_second_message() -> None:
        if len(receiver.received) == 2 and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()

    receiver.before_answer = kill_at_the_second_message
    assert process.wait(timeout=120) == -signal.SIGKILL
    assert deliver_alerts(store, run.webhooks, SECRET, allow_private=True) == DeliveryReport(2, 0, ())
    first, cut, repeated, last = receiver.alerts()
    assert cut == repeated
    assert len({first, cut, last}) == 3


def test_failures_are_told_and_are_no_error_of_the_command(
    store: StoreLayout, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_WEBHOOK_SECRET", SECRET)
    command = ["index", "alerts", "--store", str(store.root)]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 0
    assert refused.stderr.splitlines() == [
        "khabar: قمر: the webhook at 127.0.0.1 has the address 127.0.0.1, which is not public "
        "(--allow-private-webhooks allows it)",
        "khabar: 3 alerts not delivered yet; the next run tries again",
    ]
    receiver.status = lambda number: 500 if number < 3 else 200
    as_json = CliRunner().invoke(app, [*command, "--allow-private-webhooks", "--json"])
    assert as_json.exit_code == 0
    assert json.loads(as_json.stdout)["webhooks"] == {
        "delivered": 0,
        "waiting": 3,
        "problems": ["قمر: the webhook at 127.0.0.1 answers 500"],
        "given_up": 0,
    }
    delivered = CliRunner().invoke(app, [*command, "--allow-private-webhooks"])
    assert (delivered.exit_code, delivered.stderr) == (0, "")
    assert delivered.stdout.splitlines()[-1] == "3 alerts delivered to webhooks"
    save(store, moon(receiver.url, "new"))
    publish_fake_store(store.root, [*ARTICLES, *LATER], version="v3")
    CliRunner().invoke(app, command)
    save(store, moon(None, "new"))
    given_up = CliRunner().invoke(app, command)
    assert given_up.stderr == "khabar: 2 alerts given up: found too long ago, or without a webhook now\n"
