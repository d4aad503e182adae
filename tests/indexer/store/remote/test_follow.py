"""A copy that follows a store in another place: never behind without saying so."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from indexer.snapshot.errors import SnapshotDamaged, StoreError, StoreLocked, UsageError
from indexer.snapshot.format.keys import Scope
from indexer.snapshot.format.replica import Replica, note_sync, replica_lag, write_replica
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version, open_snapshot, read_takedowns
from indexer.store.keys import create_key
from indexer.store.remote import follow
from indexer.store.remote.pull import pull_version, read_access_files
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
    monkeypatch.setattr(follow, "_FIRST_WITHIN_S", 0.2)


def becomes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _WITHIN_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def is_behind(copy: StoreLayout) -> bool:
    lag = replica_lag(copy)
    assert lag is not None
    return lag.is_too_long


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
        assert becomes_true(lambda: not is_behind(copy))
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


def test_a_place_that_cannot_be_read_leaves_a_copy_behind_until_it_can(
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
        assert is_behind(copy)
        assert len(caplog.records) <= 2  # of each thread once, however often it looks
        assert head is None
        place.remove(THERE.takedowns_head)
        assert becomes_true(lambda: not is_behind(copy))


def test_a_log_that_is_lost_there_leaves_a_copy_behind(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.snapshot.format.replica.MOST_LAG_S", 0.1)
    record_takedowns(store, ["en-moon"], "takedown", "")
    push_store(store, place)
    with following(place, copy):
        for lost in (THERE.takedowns, THERE.takedowns_head):
            place.remove(lost)
        assert becomes_true(lambda: is_behind(copy))
        assert taken_down(copy) == {"en-moon"}


def test_without_a_copy_a_place_must_be_readable(store: StoreLayout, place: RemoteStore, copy: StoreLayout) -> None:
    with pytest.raises(StoreError, match="nothing is published at memory://bucket/store"), following(place, copy):
        pass
    push_store(store, place)
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
        assert becomes_true(lambda: not is_behind(copy))


def test_a_place_that_is_gone_leaves_a_copy_behind(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.snapshot.format.replica.MOST_LAG_S", 0.1)
    push_store(store, place)
    with following(place, copy):
        place.remove(THERE.current)  # as a share that is not mounted: nothing is there, and no takedowns either
        assert becomes_true(lambda: is_behind(copy))
    with following(place, copy):
        assert is_behind(copy)
        assert current_version(copy) == FIRST


def test_a_log_that_is_lost_there_is_noticed_after_a_restart(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, caplog: pytest.LogCaptureFixture
) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    push_store(store, place)
    with following(place, copy):
        pass
    for lost in (THERE.takedowns, THERE.takedowns_head):
        place.remove(lost)
    with following(place, copy):
        assert becomes_true(lambda: "may be missing in the log" in caplog.text)
        assert is_behind(copy)
        assert taken_down(copy) == {"en-moon"}


def test_what_the_copy_loses_comes_back(store: StoreLayout, place: RemoteStore, copy: StoreLayout) -> None:
    create_key(store, "desk", [Scope.SEARCH], None)
    push_store(store, place)
    with following(place, copy):
        for lost in (copy.keys, copy.replica):
            lost.unlink()
            assert becomes_true(lost.exists)
    copy.version(FIRST).corpus.write_bytes(b"damaged")
    with following(place, copy), open_snapshot(copy.root) as snapshot:
        assert snapshot.manifest.version == FIRST


def test_a_takedown_is_made_in_the_store_that_is_followed(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout
) -> None:
    push_store(store, place)
    with (
        following(place, copy),
        pytest.raises(StoreError, match="in the store that it follows, memory://bucket/store"),
    ):
        record_takedowns(copy, ["en-moon"], "takedown", "")


def test_a_folder_with_something_else_is_refused(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, tmp_path: Path
) -> None:
    push_store(store, place)
    with pytest.raises(UsageError, match="is a store of its own"), following(place, store):
        pass
    with pytest.raises(UsageError, match="cannot follow itself"), follow.following(store.root.as_uri(), store):
        pass
    with following(place, copy):
        with pytest.raises(StoreLocked, match="name another folder"), following(place, copy):
            pass
        other = StoreLayout(tmp_path / "other")
        with pytest.raises(UsageError, match="is a replica itself"), follow.following(copy.root.as_uri(), other):
            pass
    other_address = follow.following("memory://bucket/another", copy)
    with pytest.raises(UsageError, match="is a replica of memory://bucket/store"), other_address:
        pass


def test_a_folder_that_cannot_be_written_is_an_error(place: RemoteStore, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = following(place, StoreLayout(tmp_path / "file" / "copy"))
    with pytest.raises(StoreError, match="cannot be written, where the copy of"), nowhere:
        pass


def test_what_is_written_while_takedowns_are_read_counts_as_missing(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_store(store, place)
    with following(place, copy):
        pass

    def slowly(source: RemoteStore) -> Any:
        time.sleep(0.5)
        return read_access_files(source)

    monkeypatch.setattr(follow, "read_access_files", slowly)
    follow.Follower(place, copy).follow_takedowns()
    lag = replica_lag(copy)
    assert lag is not None
    assert lag.seconds >= 0.5


def test_a_clock_that_is_put_back_does_not_hide_a_lag(copy: StoreLayout) -> None:
    copy.root.mkdir(parents=True)
    write_replica(copy, Replica("s3://bucket/store"))
    note_sync(copy, time.time() + 3600)
    assert is_behind(copy)
