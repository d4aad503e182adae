"""A copy that follows a store in another place: never behind without saying so."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from indexer.snapshot.errors import SnapshotDamaged, StoreError
from indexer.snapshot.format.replica import silence_of
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version, read_takedowns
from indexer.store.remote import follow
from indexer.store.remote.pull import pull_version
from indexer.store.remote.push import push_store
from indexer.store.remote.remote_store import THERE, RemoteStore
from indexer.store.takedown import record_takedowns
from indexer.store.versions import list_versions
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store
from tests.indexer.store.remote.conftest import FIRST, FOURTH, SECOND, THIRD

_WITHIN_S = 20.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than two seconds apart."""
    monkeypatch.setattr(follow, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(follow, "_RETRY_AFTER_S", 0.02)


def becomes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _WITHIN_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def is_silent(copy: StoreLayout) -> bool:
    silence = silence_of(copy)
    assert silence is not None
    return silence.is_too_long


def taken_down(copy: StoreLayout) -> set[str]:
    return set(read_takedowns(copy).in_force())


@contextmanager
def following(place: RemoteStore, copy: StoreLayout) -> Iterator[None]:
    with follow.following(place.name, copy):
        yield


def test_versions_and_takedowns_are_followed(store: StoreLayout, place: RemoteStore, copy: StoreLayout) -> None:
    push_store(store, place)
    with following(place, copy):
        assert current_version(copy) == FIRST
        assert becomes_true(lambda: not is_silent(copy))
        record_takedowns(store, ["en-moon"], "takedown", "")
        push_store(store, place)
        assert becomes_true(lambda: taken_down(copy) == {"en-moon"})
        for name in (SECOND, THIRD, FOURTH):
            publish_fake_store(store.root, ARTICLES[:3], version=name)
            push_store(store, place)
            assert becomes_true(lambda name=name: current_version(copy) == name)  # type: ignore[misc]
        assert becomes_true(lambda: list_versions(copy) == (THIRD, FOURTH))


def test_takedowns_do_not_wait_for_a_version(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_store(store, place)
    go_on = Event()
    with following(place, copy):

        def slow(*arguments: Any) -> bool:
            go_on.wait(_WITHIN_S)
            return pull_version(*arguments)

        monkeypatch.setattr(follow, "pull_version", slow)
        publish_fake_store(store.root, ARTICLES[:3], version=SECOND)
        push_store(store, place)
        record_takedowns(store, ["en-moon"], "takedown", "")
        push_store(store, place)
        assert becomes_true(lambda: taken_down(copy) == {"en-moon"})
        assert current_version(copy) == FIRST
        go_on.set()
        assert becomes_true(lambda: current_version(copy) == SECOND)


def test_a_place_that_cannot_be_read_makes_a_copy_silent_until_it_can(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, caplog: pytest.LogCaptureFixture
) -> None:
    push_store(store, place)
    with following(place, copy):
        pass
    head = place.read(THERE.takedowns_head)
    place.write(THERE.takedowns_head, b"damaged")
    with caplog.at_level(logging.ERROR), following(place, copy):
        assert current_version(copy) == FIRST
        assert becomes_true(lambda: bool(caplog.records))
        time.sleep(0.2)
        assert is_silent(copy)
        assert len(caplog.records) <= 2  # of each thread once, however often it looks
        assert head is None
        place.remove_folder(THERE.takedowns_head)
        assert becomes_true(lambda: not is_silent(copy))


def test_a_log_that_is_lost_there_makes_a_copy_silent(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.snapshot.format.replica.MOST_SILENCE_S", 0.1)
    record_takedowns(store, ["en-moon"], "takedown", "")
    push_store(store, place)
    with following(place, copy):
        for lost in (THERE.takedowns, THERE.takedowns_head):
            place.remove_folder(lost)
        assert becomes_true(lambda: is_silent(copy))
        assert taken_down(copy) == {"en-moon"}


def test_without_a_copy_a_place_must_be_readable(place: RemoteStore, copy: StoreLayout) -> None:
    with pytest.raises(StoreError, match="nothing is published at memory://bucket/store"), following(place, copy):
        pass
    place.write(THERE.takedowns_head, b"damaged")
    with pytest.raises(SnapshotDamaged, match=r"memory://bucket/store/takedowns\.head\.json"), following(place, copy):
        pass


def test_a_version_that_arrives_damaged_leaves_the_one_before(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, caplog: pytest.LogCaptureFixture
) -> None:
    push_store(store, place)
    publish_fake_store(store.root, ARTICLES[:3], version=SECOND)
    with following(place, copy), caplog.at_level(logging.ERROR):
        push_store(store, place)
        assert becomes_true(lambda: current_version(copy) == SECOND)
        publish_fake_store(store.root, ARTICLES[:2], version=THIRD)
        corpus = store.version(THIRD).corpus
        place.write(THERE.version(THIRD).corpus, b"")
        sent = place.send

        def cut(source: Any, path: Any) -> None:
            if path.name == corpus.name:
                place.write(path, corpus.read_bytes()[:-1])
            else:
                sent(source, path)

        place.send = cut  # type: ignore[method-assign]
        push_store(store, place)
        assert becomes_true(lambda: any("corpus.sqlite is damaged" in str(each.message) for each in caplog.records))
        assert current_version(copy) == SECOND
        assert becomes_true(lambda: not is_silent(copy))
