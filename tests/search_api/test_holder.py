"""Swapping snapshots under requests that read from them."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from search_api.holder import SnapshotHolder
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    publish_fake_store(tmp_path / "store", ARTICLES, version="v1")
    publish_fake_store(tmp_path / "store", ARTICLES[:3], version="v2")
    return tmp_path / "store"


@pytest.fixture
def holder() -> Iterator[SnapshotHolder]:
    made = SnapshotHolder()
    yield made
    made.close()


def opened(root: Path, version: str) -> Snapshot:
    return open_snapshot(root, version=version)


def is_closed(snapshot: Snapshot) -> bool:
    return snapshot.version_lock is not None and snapshot.version_lock.closed


def test_nothing_is_shown_at_first(holder: SnapshotHolder) -> None:
    assert holder.current is None
    with holder.borrow() as snapshot:
        assert snapshot is None
    holder.hide(["x"])
    assert holder.current is None


def test_request_ends_on_the_snapshot_it_began_with(holder: SnapshotHolder, root: Path) -> None:
    old, new = opened(root, "v1"), opened(root, "v2")
    holder.show(old)
    with holder.borrow() as borrowed:
        assert borrowed is old
        holder.show(new)
        assert holder.current is new
        assert not is_closed(old)
        assert len(search(old, Query(TextTarget("canal"))).hits) == 5
    assert is_closed(old)
    assert not is_closed(new)


def test_snapshot_that_nobody_reads_is_closed_at_once(holder: SnapshotHolder, root: Path) -> None:
    old = opened(root, "v1")
    holder.show(old)
    holder.show(opened(root, "v2"))
    assert is_closed(old)


def test_hiding_shares_what_is_open(holder: SnapshotHolder, root: Path) -> None:
    old = opened(root, "v1")
    holder.show(old)
    with holder.borrow():
        holder.hide(["en-moon"])
    hidden = holder.current
    assert hidden is not None
    assert hidden.index is old.index
    assert "en-moon" not in [hit.article.id for hit in search(hidden, Query(TextTarget("moon"))).hits]
    assert not is_closed(old)
    holder.hide([])
    assert holder.current is not None
    assert holder.current.article("en-moon") is not None


def test_closing_waits_for_readers(holder: SnapshotHolder, root: Path) -> None:
    snapshot = opened(root, "v1")
    holder.show(snapshot)
    with holder.borrow():
        holder.close()
        assert not is_closed(snapshot)
    assert is_closed(snapshot)


@pytest.mark.slow
def test_no_search_fails_while_snapshots_are_swapped(holder: SnapshotHolder, root: Path) -> None:
    sizes = {"v1": 5, "v2": 3}
    holder.show(opened(root, "v1"))
    stop, seen = threading.Event(), Counter(dict.fromkeys(sizes, 0))

    def ask() -> None:
        while not stop.is_set():
            with holder.borrow() as snapshot:
                assert snapshot is not None
                version = snapshot.manifest.version
                assert len(search(snapshot, Query(TextTarget("canal"))).hits) == sizes[version]
            seen[version] += 1

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        for n in range(40):
            holder.show(opened(root, f"v{n % 2 + 1}"))
            before = seen.total()
            while seen.total() == before and not any(one.done() for one in asking):
                time.sleep(0.001)
        stop.set()
        for one in asking:
            one.result()
    assert min(seen.values()) > 0
    assert seen.total() >= 40
