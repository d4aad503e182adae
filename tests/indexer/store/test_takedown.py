"""The log of takedowns: what is written to it, and that a damaged log is an error."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from indexer.snapshot.errors import SnapshotDamaged, StoreError, StoreNotFound
from indexer.snapshot.format.takedowns import Takedown, read_log, taken_down
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import open_snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from indexer.store.staging import build_lock
from indexer.store.takedown import articles_at, record_takedowns, unknown_article_ids
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    publish_fake_store(tmp_path / "store", ARTICLES)
    return StoreLayout(tmp_path / "store")


def found(store: StoreLayout, query: str, filters: Filters | None = None) -> list[str]:
    with open_snapshot(store.root) as snapshot:
        return [hit.article.id for hit in search(snapshot, Query(TextTarget(query), filters=filters or Filters())).hits]


def test_log_keeps_every_step_with_time_and_reason(store: StoreLayout) -> None:
    record_takedowns(store, ["en-moon", "خبر"], "takedown", "court order")
    record_takedowns(store, ["en-moon"], "undo", "")
    lines = [json.loads(line) for line in store.takedowns.read_text(encoding="utf-8").splitlines()]
    assert [(line["article_id"], line["action"], line["reason"]) for line in lines] == [
        ("en-moon", "takedown", "court order"),
        ("خبر", "takedown", "court order"),
        ("en-moon", "undo", ""),
    ]
    assert all(line["at"].endswith("Z") for line in lines)
    assert taken_down(store).keys() == {"خبر"}


def test_taken_down_article_is_found_by_no_search(store: StoreLayout) -> None:
    assert found(store, "moon")[0] == "en-moon"
    record_takedowns(store, ["en-moon"], "takedown", "")
    assert "en-moon" not in found(store, "moon")
    assert len(found(store, "moon")) == len(ARTICLES) - 1
    assert "en-moon" not in found(store, "moon", Filters(sources=("Harbour Post",)))
    record_takedowns(store, ["en-moon"], "undo", "")
    assert found(store, "moon")[0] == "en-moon"


def test_takedown_does_not_wait_for_a_build(store: StoreLayout) -> None:
    with build_lock(store):
        record_takedowns(store, ["en-moon"], "takedown", "")
    assert "en-moon" in taken_down(store)


def test_two_writers_do_not_lose_each_others_lines(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each writer reads the log, waits, and writes the whole log: without a lock, the second one drops the first."""

    def read_slowly(layout: StoreLayout) -> list[Takedown]:
        entries = read_log(layout)
        time.sleep(0.02)
        return entries

    monkeypatch.setattr("indexer.store.takedown.read_log", read_slowly)
    start = threading.Barrier(2)

    def write(writer: str) -> None:
        start.wait()
        for n in range(5):
            record_takedowns(store, [f"{writer}{n}"], "takedown", "")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, "ab"))
    assert taken_down(store).keys() == {f"{writer}{n}" for writer in "ab" for n in range(5)}


def test_a_writer_does_not_wait_for_another_one_for_ever(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.store.takedown._WAIT_S", 0.05)
    with FileLock(store.takedowns_lock), pytest.raises(StoreError, match="another takedown is being written"):
        record_takedowns(store, ["en-moon"], "takedown", "")
    assert not taken_down(store)


@pytest.mark.parametrize("line", ["{", '{"article_id": "x"}', '{"article_id": "x", "action": "hide"}'])
def test_a_log_that_cannot_be_read_is_an_error(store: StoreLayout, line: str) -> None:
    store.takedowns.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(SnapshotDamaged, match=r"takedowns\.jsonl:1 is not a takedown"):
        open_snapshot(store.root)
    with pytest.raises(SnapshotDamaged):
        record_takedowns(store, ["en-moon"], "takedown", "")
    assert store.takedowns.read_text(encoding="utf-8") == f"{line}\n"


def test_ids_that_an_action_changes_nothing_for_are_unknown(store: StoreLayout, tmp_path: Path) -> None:
    assert unknown_article_ids(store, ["en-moon", "nobody"], "takedown") == ["nobody"]
    assert unknown_article_ids(StoreLayout(tmp_path / "missing"), ["en-moon"], "takedown") == ["en-moon"]
    record_takedowns(store, ["en-moon"], "takedown", "")
    assert unknown_article_ids(store, ["en-moon", "ar-moon"], "undo") == ["ar-moon"]


def test_articles_are_found_by_their_address(store: StoreLayout) -> None:
    assert articles_at(store, "https://example.org/en-moon") == ["en-moon"]
    with pytest.raises(StoreError, match="no published article has the address"):
        articles_at(store, "https://news.example")


def test_a_takedown_needs_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFound):
        record_takedowns(StoreLayout(tmp_path / "missing"), ["x"], "takedown", "")
