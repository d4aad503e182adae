"""The log of takedowns: what is written to it, and that a damaged log is an error."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from indexer.snapshot.errors import SnapshotDamaged, StoreError, StoreNotFound
from indexer.snapshot.files.durable_files import write_atomically
from indexer.snapshot.format.manifest import read_manifest, write_manifest
from indexer.snapshot.format.takedowns import TakedownLog, read_lines
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import open_snapshot, read_takedowns
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from indexer.store.staging import build_lock
from indexer.store.takedown import accept_log, articles_at, record_takedowns, unknown_article_ids
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
    assert read_takedowns(store).in_force().keys() == {"خبر"}


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
    assert "en-moon" in read_takedowns(store).in_force()


def test_two_writers_do_not_lose_each_others_lines(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each writer reads the log, waits, and writes the whole log: without a lock, the second one drops the first."""

    def read_slowly(layout: StoreLayout) -> TakedownLog:
        log = read_takedowns(layout)
        time.sleep(0.02)
        return log

    monkeypatch.setattr("indexer.store.takedown.read_takedowns", read_slowly)
    start = threading.Barrier(2)

    def write(writer: str) -> None:
        start.wait()
        for n in range(5):
            record_takedowns(store, [f"{writer}{n}"], "takedown", "")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, "ab"))
    assert read_takedowns(store).in_force().keys() == {f"{writer}{n}" for writer in "ab" for n in range(5)}


def test_a_writer_does_not_wait_for_another_one_for_ever(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.store.takedown._WAIT_S", 0.05)
    with FileLock(store.takedowns_lock), pytest.raises(StoreError, match="another takedown is being written"):
        record_takedowns(store, ["en-moon"], "takedown", "")
    assert not read_takedowns(store).in_force()


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


Damage = Callable[[StoreLayout], object]


def shorten(store: StoreLayout) -> None:
    lines = store.takedowns.read_bytes().splitlines(keepends=True)
    store.takedowns.write_bytes(b"".join(lines[:-1]))


def lose_the_first_line(store: StoreLayout) -> None:
    lines = store.takedowns.read_bytes().splitlines(keepends=True)
    store.takedowns.write_bytes(b"".join(lines[1:]))


def change_a_line(store: StoreLayout) -> None:
    store.takedowns.write_bytes(store.takedowns.read_bytes().replace(b"en-moon", b"en-mars"))


def fork(store: StoreLayout) -> None:
    """Replace the log and its head by another log, of another store, with as many lines."""
    other = StoreLayout(store.root.with_name("other"))
    other.root.mkdir()
    record_takedowns(other, ["x", "y"], "takedown", "")
    for path in ("takedowns", "takedowns_head"):
        getattr(store, path).write_bytes(getattr(other, path).read_bytes())


def lose_both(store: StoreLayout) -> None:
    store.takedowns.unlink()
    store.takedowns_head.unlink()


DAMAGES: dict[str, Damage] = {
    "the log is missing": lambda store: store.takedowns.unlink(),
    "the log is empty": lambda store: store.takedowns.write_bytes(b""),
    "the log is shortened": shorten,
    "the first line is missing": lose_the_first_line,
    "a line is changed": change_a_line,
    "the head is missing": lambda store: store.takedowns_head.unlink(),
    "the head is empty": lambda store: store.takedowns_head.write_bytes(b""),
    "both are those of another store": fork,
    "both are missing": lose_both,
}


@pytest.fixture
def with_takedowns(store: StoreLayout) -> StoreLayout:
    """Return a store with two takedowns, published again so that its manifest knows them."""
    record_takedowns(store, ["en-moon", "ar-moon"], "takedown", "")
    manifest = read_manifest(store.version("v1").manifest)
    write_manifest(store.version("v1").manifest, replace(manifest, takedowns=read_takedowns(store).head))
    return store


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_log_that_has_lost_lines_never_counts_as_a_shorter_one(with_takedowns: StoreLayout, damage: Damage) -> None:
    damage(with_takedowns)
    with pytest.raises(SnapshotDamaged, match="articles that were taken down may be missing in the log"):
        open_snapshot(with_takedowns.root)
    with pytest.raises(SnapshotDamaged):
        read_takedowns(with_takedowns)
    with pytest.raises(SnapshotDamaged):
        record_takedowns(with_takedowns, ["x"], "takedown", "")


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_lost_log_goes_on_with_what_is_left_once_a_person_accepts_it(
    with_takedowns: StoreLayout, damage: Damage
) -> None:
    damage(with_takedowns)
    left = [json.loads(line)["article_id"] for line in read_lines(with_takedowns)]
    assert accept_log(with_takedowns) == (len(left), 0)
    assert list(read_takedowns(with_takedowns).in_force()) == left
    open_snapshot(with_takedowns.root).close()
    record_takedowns(with_takedowns, ["en-moon"], "takedown", "")
    with open_snapshot(with_takedowns.root) as snapshot:
        assert snapshot.hidden == {*left, "en-moon"}
    shorten(with_takedowns)  # what was accepted is guarded like any other log
    with pytest.raises(SnapshotDamaged):
        open_snapshot(with_takedowns.root)


def test_lines_that_are_no_takedown_are_counted_and_left_out(with_takedowns: StoreLayout) -> None:
    with with_takedowns.takedowns.open("a", encoding="utf-8") as log:
        log.write("{\n")
    assert accept_log(with_takedowns) == (2, 1)
    assert read_takedowns(with_takedowns).in_force().keys() == {"en-moon", "ar-moon"}


def test_a_log_is_ahead_of_its_head_where_the_machine_stopped_between_both(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    head = store.takedowns_head.read_bytes()
    record_takedowns(store, ["ar-moon"], "takedown", "")
    store.takedowns_head.write_bytes(head)
    assert read_takedowns(store).in_force().keys() == {"en-moon", "ar-moon"}
    record_takedowns(store, ["en-moon"], "undo", "")
    assert read_takedowns(store).head.lines == 3


OLD_LOG = "".join(
    json.dumps({"article_id": name, "action": "takedown", "reason": "", "at": "2026-01-01T00:00:00Z"}) + "\n\n"
    for name in "ab"
)


@pytest.mark.parametrize("log", ["", OLD_LOG], ids=["no log", "a log of khabar 0.1"])
@pytest.mark.parametrize("last_write", range(3))
def test_the_first_takedown_can_be_interrupted_at_any_write(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch, last_write: int, log: str
) -> None:
    writes: list[Path] = []
    before = {"a", "b"} if log else set[str]()
    if log:
        store.takedowns.write_text(log, encoding="utf-8")

    def write(path: Path, content: str) -> None:
        if len(writes) == last_write:
            raise OSError(28, "No space left on device")
        writes.append(path)
        write_atomically(path, content)

    monkeypatch.setattr("indexer.store.takedown.write_atomically", write)
    with pytest.raises(StoreError, match="No space left on device"):
        record_takedowns(store, ["en-moon"], "takedown", "")
    monkeypatch.undo()
    assert set(read_takedowns(store).in_force()) == before | ({"en-moon"} if last_write == 2 else set())
    record_takedowns(store, ["en-moon"], "takedown", "")
    assert read_takedowns(store).in_force().keys() == before | {"en-moon"}


def test_a_log_of_khabar_0_1_goes_on_as_a_chain(store: StoreLayout) -> None:
    store.takedowns.write_text(OLD_LOG, encoding="utf-8")
    assert read_takedowns(store).in_force().keys() == {"a", "b"}
    record_takedowns(store, ["en-moon"], "takedown", "")
    assert read_takedowns(store).in_force().keys() == {"a", "b", "en-moon"}
    lose_the_first_line(store)
    with pytest.raises(SnapshotDamaged):
        read_takedowns(store)


def test_a_line_without_a_chain_cannot_be_put_between_others(with_takedowns: StoreLayout) -> None:
    undo = {"article_id": "en-moon", "action": "undo", "reason": "", "at": "2026-01-01T00:00:00Z"}
    with with_takedowns.takedowns.open("a", encoding="utf-8") as log:
        log.write(json.dumps(undo) + "\n")
    with pytest.raises(SnapshotDamaged, match=r"takedowns\.jsonl:3 does not follow the line before"):
        read_takedowns(with_takedowns)


def test_a_damaged_version_does_not_keep_an_article_from_being_taken_down(store: StoreLayout) -> None:
    store.version("v1").manifest.write_text("{", encoding="utf-8")
    record_takedowns(store, ["en-moon"], "takedown", "")
    assert accept_log(store) == (1, 0)
