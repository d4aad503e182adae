"""Changing the file of saved searches: one line at a time, whoever else changes it."""

import errno
import json
import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.errors import SavedSearchConflict, SavedSearchNotFound, StoreError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.saved_searches import changes
from indexer.snapshot.saved_searches.changes import (
    MAX_SAVED_SEARCHES,
    add_saved_search,
    remove_saved_search,
    replace_saved_search,
)
from indexer.snapshot.saved_searches.saved_search import SavedSearch
from indexer.snapshot.saved_searches.saved_search_file import parse_saved_searches, read_saved_searches

BY_HAND = (
    b'  {"query" : "moon",\t"id": "moon"}\r\n\n'
    + '{"id": "قناة", "query": "قناة السويس", "language": ["ar", "en"]}\n'.encode()
    + b'\t\n{"id": "\\u0642\\u0645\\u0631/1", "query": "x"}'
)


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store with a file that somebody wrote in a way of their own, without an end of the last line."""
    store = StoreLayout(tmp_path)
    store.saved_searches.write_bytes(BY_HAND)
    return store


def saved(search_id: str, query: str = "canal", **fields: Any) -> SavedSearch:
    return SavedSearch.model_validate({"id": search_id, "query": query, **fields})


def ids(store: StoreLayout) -> list[str]:
    return [search.id for search in read_saved_searches(store)]


def test_a_saved_search_becomes_the_last_line_as_people_would_write_it(store: StoreLayout) -> None:
    add_saved_search(store, saved("هدنة", "هدنة في غزة", language="ar", k=None, min_relevance=0.9))
    line = '{"id": "هدنة", "query": "هدنة في غزة", "language": "ar", "min_relevance": 0.9}\n'
    assert store.saved_searches.read_bytes() == BY_HAND + b"\n" + line.encode()


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    add_saved_search(StoreLayout(tmp_path), saved("one"))
    assert ids(StoreLayout(tmp_path)) == ["one"]
    assert (tmp_path / "saved_searches.jsonl").stat().st_mode & 0o777 == 0o640


def test_a_saved_search_is_replaced_in_its_place(store: StoreLayout) -> None:
    replace_saved_search(store, saved("moon", "قمر"))
    first, rest = BY_HAND.split(b"\r\n", 1)
    assert first.startswith(b"  {")
    assert store.saved_searches.read_bytes() == '{"id": "moon", "query": "قمر"}\r\n'.encode() + rest


def test_the_line_of_a_removed_saved_search_is_gone_and_no_other(store: StoreLayout) -> None:
    remove_saved_search(store, "قناة")
    lines = BY_HAND.splitlines(keepends=True)
    assert store.saved_searches.read_bytes() == b"".join(lines[:2] + lines[3:])
    for search_id in ("moon", "قمر/1"):
        remove_saved_search(store, search_id)
    assert read_saved_searches(store) == []


def test_what_is_there_is_not_added_and_what_is_not_there_is_not_changed(store: StoreLayout) -> None:
    with pytest.raises(SavedSearchConflict, match="id: a saved search 'moon' is there already"):
        add_saved_search(store, saved("moon"))
    with pytest.raises(SavedSearchNotFound, match="id: no saved search 'absent'"):
        replace_saved_search(store, saved("absent"))
    with pytest.raises(SavedSearchNotFound, match="id: no saved search 'absent'"):
        remove_saved_search(store, "absent")
    assert store.saved_searches.read_bytes() == BY_HAND


def test_a_file_with_a_line_that_cannot_be_used_stays_as_it_is(store: StoreLayout) -> None:
    for damage in (b'{"id": "broken"\n', b"# a comment\n", b'{"id": "moon", "query": "y"}\n', b"\xff\n"):
        content = damage + BY_HAND
        store.saved_searches.write_bytes(content)
        for change in (add_saved_search, replace_saved_search):
            with pytest.raises(StoreError, match=r"saved_searches\.jsonl:[123]: "):
                change(store, saved("قناة"))
        with pytest.raises(StoreError, match=r"saved_searches\.jsonl:[123]: "):
            remove_saved_search(store, "قناة")
        assert store.saved_searches.read_bytes() == content


def test_there_is_a_most_of_them_and_a_file_may_have_more(store: StoreLayout) -> None:
    lines = [json.dumps({"id": str(number), "query": "x"}) for number in range(MAX_SAVED_SEARCHES)]
    store.saved_searches.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SavedSearchConflict, match="there are 1,000 saved searches, and 1,000 is the most"):
        add_saved_search(store, saved("one more"))
    replace_saved_search(store, saved("7", "قمر"))
    remove_saved_search(store, "8")
    add_saved_search(store, saved("one more"))
    assert len(ids(store)) == MAX_SAVED_SEARCHES


def test_a_file_keeps_its_rights_and_a_link_stays_a_link(store: StoreLayout, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = store.saved_searches.rename(elsewhere / "searches.jsonl")
    target.chmod(0o604)
    store.saved_searches.symlink_to(target)
    add_saved_search(store, saved("new"))
    assert store.saved_searches.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o604
    assert ids(store)[-1] == "new"


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.EROFS, "; let the user of the service write to the folder of the store"), (errno.ENOSPC, "$")],
)
def test_a_file_that_cannot_be_written_is_named_with_what_to_do(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(number, "it fails", "draft")

    monkeypatch.setattr(changes, "write_atomically", fail)
    with pytest.raises(StoreError, match=rf"saved_searches\.jsonl cannot be changed: it fails: draft{advice}"):
        add_saved_search(store, saved("new"))
    assert store.saved_searches.read_bytes() == BY_HAND


def test_a_change_waits_for_another_process_and_not_for_ever(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_WAIT_S", 0.0)
    with FileLock(store.saved_searches_lock), pytest.raises(StoreError, match="by another process; try again"):
        add_saved_search(store, saved("new"))


def _add_many(root: Path, name: str) -> None:
    store = StoreLayout(root)
    for number in range(5):
        add_saved_search(store, saved(f"{name}-{number}"))
        add_saved_search(store, saved(f"{name}-{number} gone"))
        remove_saved_search(store, f"{name}-{number} gone")


def test_changes_of_several_threads_and_processes_are_all_kept(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_WAIT_S", 120.0)  # on a machine as slow as it may be
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=_add_many, args=(store.root, f"process {n}")) for n in range(2)]
    threads = [threading.Thread(target=_add_many, args=(store.root, f"خيط {n}")) for n in range(3)]
    for process in processes:  # first: a process that has threads should not be forked
        process.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    added = {
        f"{name}-{number}" for name in ("process 0", "process 1", "خيط 0", "خيط 1", "خيط 2") for number in range(5)
    }
    assert set(ids(store)) == added | {"moon", "قناة", "قمر/1"}
    assert store.saved_searches.read_bytes().startswith(BY_HAND)


IDS = st.text(min_size=1, max_size=20)


@given(search_id=IDS, query=st.from_regex(r"\w[\w \"\n\u2028]{0,20}", fullmatch=True))
def test_any_saved_search_is_one_line_and_is_read_as_it_was(search_id: str, query: str) -> None:
    one = saved(search_id, query)
    line = changes._line(one)
    assert parse_saved_searches(Path("file"), line + b"\n" + b"\n").searches == {search_id: one}
    assert len(line.splitlines()) == 1
