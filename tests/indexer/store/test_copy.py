"""Copies of a store: complete, checked, up to date, and never without the takedowns of the original."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.alerts.run import run_alerts
from indexer.snapshot.errors import KhabarError, SnapshotDamaged, StoreError, UsageError
from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.format.keys import Scope, read_keys
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version, open_snapshot, read_takedowns
from indexer.store.copy import copy_store
from indexer.store.keys import create_key
from indexer.store.takedown import accept_log, record_takedowns
from indexer.store.versions import list_versions
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

FIRST, SECOND = "20260101T000000Z-a", "20260102T000000Z-b"


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    publish_fake_store(tmp_path / "store", ARTICLES, version=FIRST)
    return StoreLayout(tmp_path / "store")


@pytest.fixture
def copy(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path / "new" / "copy")


def hidden(store: StoreLayout) -> set[str]:
    with open_snapshot(store.root) as snapshot:
        return set(snapshot.hidden)


def test_a_copy_serves_what_the_original_serves(store: StoreLayout, copy: StoreLayout) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    _, key = create_key(store, "desk", [Scope.SEARCH], None)
    store.saved_searches.write_text(json.dumps({"id": "x", "query": "canal", "min_relevance": 0}), encoding="utf-8")
    publish_fake_store(store.root, ARTICLES, version=SECOND)
    run_alerts(store, FIRST)
    done = copy_store(store, copy)
    assert (done.version, done.copied, done.takedowns, done.keys, done.alerts) == (SECOND, True, 1, True, True)
    assert (current_version(copy), list_versions(copy), hidden(copy)) == (SECOND, (SECOND,), {"en-moon"})
    assert read_keys(copy) == (key,)
    assert copy.keys.stat().st_mode & 0o777 == store.keys.stat().st_mode & 0o777
    assert read_alerts(copy.alert_ledger) == read_alerts(store.alert_ledger)


def test_a_second_copy_brings_only_what_is_new(store: StoreLayout, copy: StoreLayout) -> None:
    copy_store(store, copy)
    files = {path: path.stat().st_ino for path in copy.version(FIRST).root.rglob("*")}
    record_takedowns(store, ["en-moon"], "takedown", "")
    done = copy_store(store, copy)
    assert (done.copied, done.takedowns) == (False, 1)
    assert {path: path.stat().st_ino for path in copy.version(FIRST).root.rglob("*")} == files
    publish_fake_store(store.root, ARTICLES[:3], version=SECOND)
    assert copy_store(store, copy).copied
    assert (current_version(copy), list_versions(copy)) == (SECOND, (FIRST, SECOND))


def test_damage_in_the_copy_is_mended(store: StoreLayout, copy: StoreLayout) -> None:
    copy_store(store, copy)
    copy.version(FIRST).corpus.write_bytes(b"damaged")
    next(path for path in copy.encoders.rglob("*") if path.name == "weights").write_text("damaged", encoding="utf-8")
    assert copy_store(store, copy).copied
    assert hidden(copy) == set()


def test_damage_in_the_original_is_not_copied(store: StoreLayout, copy: StoreLayout) -> None:
    copy_store(store, copy)
    publish_fake_store(store.root, ARTICLES[:3], version=SECOND)
    store.version(SECOND).neutral.write_bytes(b"damaged")
    with pytest.raises(SnapshotDamaged, match=r"neutral\.npz"):
        copy_store(store, copy)
    assert current_version(copy) == FIRST


def test_bytes_that_change_on_the_way_are_not_published(
    store: StoreLayout, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    copytree = shutil.copytree

    def damaging(source: Path, target: Path, *arguments: Any) -> None:
        copytree(source, target, *arguments)
        for corpus in Path(target).glob("corpus.sqlite"):
            corpus.write_bytes(corpus.read_bytes()[:-1])

    monkeypatch.setattr(shutil, "copytree", damaging)
    with pytest.raises(SnapshotDamaged, match=r"corpus\.sqlite"):
        copy_store(store, copy)
    assert not copy.current.exists()
    assert not list(copy.root.glob(".staging-*"))


@pytest.mark.parametrize(
    "lose",
    [
        lambda store: store.takedowns.unlink(),
        lambda store: store.takedowns.write_bytes(b""),
        lambda store: store.takedowns_head.unlink(),
    ],
    ids=["log missing", "log empty", "head missing"],
)
def test_a_store_that_has_lost_its_takedowns_is_not_copied(
    store: StoreLayout, copy: StoreLayout, lose: Callable[[StoreLayout], None]
) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    lose(store)
    with pytest.raises(SnapshotDamaged, match="may be missing in the log"):
        copy_store(store, copy)
    assert not copy.root.exists()


def test_takedowns_that_only_the_copy_has_stay(store: StoreLayout, copy: StoreLayout) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    copy_store(store, copy)
    record_takedowns(copy, ["en-canal"], "takedown", "")
    assert copy_store(store, copy).takedowns == 2
    assert hidden(copy) == {"en-moon", "en-canal"}


def test_takedowns_of_both_that_do_not_follow_each_other_are_refused(store: StoreLayout, copy: StoreLayout) -> None:
    copy_store(store, copy)
    record_takedowns(store, ["en-moon"], "takedown", "")
    record_takedowns(copy, ["en-canal"], "takedown", "")
    publish_fake_store(store.root, ARTICLES[:3], version=SECOND)
    with pytest.raises(StoreError, match="takedowns that the other store lacks"):
        copy_store(store, copy)
    assert (current_version(copy), hidden(copy)) == (FIRST, {"en-canal"})


def test_heads_that_were_given_up_are_given_up_in_the_copy(store: StoreLayout, copy: StoreLayout) -> None:
    """The version was built with a takedown whose line is lost; the copy must open it as the original does."""
    record_takedowns(store, ["en-moon"], "takedown", "")
    publish_fake_store(store.root, ARTICLES, version=SECOND)
    store.takedowns.write_bytes(b"")
    accept_log(store)
    record_takedowns(store, ["en-canal"], "takedown", "")
    copy_store(store, copy)
    assert hidden(copy) == {"en-canal"}
    assert read_takedowns(copy) == read_takedowns(store)


def test_a_log_that_was_accepted_after_a_loss_loses_nothing_in_the_copy(store: StoreLayout, copy: StoreLayout) -> None:
    record_takedowns(store, ["en-moon", "en-canal"], "takedown", "")
    copy_store(store, copy)
    store.takedowns.write_bytes(store.takedowns.read_bytes().splitlines(keepends=True)[0])
    accept_log(store)
    copy_store(store, copy)
    assert hidden(copy) == {"en-moon", "en-canal"}  # the copy still knows it
    record_takedowns(store, ["ar-quake"], "takedown", "")
    copy_store(store, copy)
    assert hidden(copy) == {"en-moon", "en-canal", "ar-quake"}


def test_a_full_disk_changes_nothing(store: StoreLayout, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_store(store, copy)
    publish_fake_store(store.root, ARTICLES[:3], version=SECOND)

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", fail)
    with pytest.raises(StoreError, match="No space left on device; what it published before stays"):
        copy_store(store, copy)
    assert current_version(copy) == FIRST


def test_a_store_is_not_copied_to_itself(store: StoreLayout) -> None:
    with pytest.raises(UsageError, match="to itself"):
        copy_store(store, StoreLayout(store.root / "versions" / ".."))


def test_a_store_without_a_version_is_not_copied(tmp_path: Path, copy: StoreLayout) -> None:
    with pytest.raises(KhabarError, match="no published index"):
        copy_store(StoreLayout(tmp_path / "empty"), copy)
    assert not copy.root.exists()
