"""After a purge, no file of a store has a byte of the text of an article that is taken down."""

import errno
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from indexer.alerts import alert_files
from indexer.alerts.run import run_alerts
from indexer.purge import purge
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import open_snapshot
from indexer.store.publish import publish
from indexer.store.takedown import record_takedowns
from indexer.store.versions import list_versions
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

TEXTS = ("reached the moon and sent its very first pictures", "معاهدة بين روسيا ودولة أخرى وقعت")
TAKEN_DOWN = ["en-moon", "ar-treaty"]
OTHERS = tuple(article for article in ARTICLES if article.id not in TAKEN_DOWN)
OLD, FULL, CLEAN = "20260101T000000Z-a", "20260102T000000Z-b", "20260103T000000Z-c"


def files_with(store: StoreLayout, texts: Sequence[str] = TEXTS) -> set[str]:
    """Return the files of a store in which one of the texts stands, in UTF-8 or escaped as in JSON."""
    wanted = [form for text in texts for form in (text.encode(), json.dumps(text)[1:-1].encode())]
    return {
        str(path.relative_to(store.root))
        for path in store.root.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in wanted)
    }


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store in which the articles are in two versions, in alerts, in the rejected one and in staging."""
    layout = StoreLayout(tmp_path / "store")
    publish_fake_store(layout.root, OTHERS[:1], version=OLD)
    publish_fake_store(layout.root, ARTICLES, version=FULL)
    searches = [{"id": word, "query": word, "min_relevance": 0.0} for word in ("moon", "معاهدة", "canal")]
    layout.saved_searches.write_text("\n".join(json.dumps(search) for search in searches), encoding="utf-8")
    run_alerts(layout)
    shutil.copytree(layout.version(FULL).root, layout.rejected / FULL)
    shutil.copytree(layout.version(FULL).root, layout.root / ".staging-killed" / "version")
    shutil.copytree(layout.version(FULL).root, layout.versions / f".removing-{FULL}")
    record_takedowns(layout, TAKEN_DOWN, "takedown", "court order")
    return layout


def test_no_byte_of_the_text_is_left(store: StoreLayout) -> None:
    places = {name.split("/")[0] for name in files_with(store)}
    assert places == {"versions", "alerts", "alerts.sqlite", "rejected", ".staging-killed"}
    publish_fake_store(store.root, OTHERS, version=CLEAN)
    purged = purge(store, keep=3)
    assert files_with(store) == set()
    assert list_versions(store) == (OLD, CLEAN)
    assert purged.removed == (FULL,)
    assert (purged.articles, purged.alerts > 0) == (2, True)
    left = {alert.article.id for alert in read_alerts(store.alert_ledger)}
    assert left
    assert left.isdisjoint(TAKEN_DOWN)
    assert {json.loads(line)["article"]["id"] for line in store.alerts(FULL).read_bytes().splitlines()} == left
    with open_snapshot(store.root) as snapshot:
        assert snapshot.manifest.version == CLEAN


def test_what_left_the_history_before_is_overwritten_too(store: StoreLayout) -> None:
    """Alerts leave the history after a month, but their bytes stay in the file."""
    with closing(sqlite3.connect(store.alert_ledger, isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete = OFF")  # some builds of SQLite overwrite at once
        db.execute("DELETE FROM alert")
    assert store.alert_ledger.name in files_with(store)
    publish_fake_store(store.root, OTHERS, version=CLEAN)
    assert purge(store, keep=1).alerts == 0
    assert files_with(store) == set()


def test_a_published_version_with_the_text_must_be_built_anew_first(store: StoreLayout) -> None:
    before = files_with(store)
    with pytest.raises(StoreError, match="build once more"):
        purge(store, keep=3)
    assert files_with(store) == before


def test_a_purge_that_could_not_write_a_feed_is_finished_by_the_next(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_fake_store(store.root, OTHERS, version=CLEAN)
    store.alerts(FULL).with_name(f".{FULL}.jsonl.draft").write_bytes(store.alerts(FULL).read_bytes())

    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(alert_files, "atom_feed", fail)
        with pytest.raises(OSError, match="No space left"):
            purge(store, keep=3)
    purge(store, keep=3)
    assert files_with(store) == set()


def test_a_feed_without_its_lines_is_removed(store: StoreLayout) -> None:
    publish_fake_store(store.root, OTHERS, version=CLEAN)
    store.alerts(FULL).unlink()
    purge(store, keep=3)
    assert files_with(store) == set()


def test_damaged_files_of_alerts_are_named(store: StoreLayout) -> None:
    publish_fake_store(store.root, OTHERS, version=CLEAN)
    store.alerts(FULL).write_bytes(b"{\n")
    with pytest.raises(StoreError, match=f"{FULL}.jsonl is damaged"):
        purge(store, keep=3)


def test_what_cannot_be_removed_is_named(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_fake_store(store.root, OTHERS, version=CLEAN)
    shutil.rmtree(store.versions / f".removing-{FULL}")
    monkeypatch.setattr(shutil, "rmtree", lambda *_paths, **_options: None)
    with pytest.raises(StoreError, match=r"rejected, .* cannot be removed"):
        purge(store, keep=3)


def test_an_open_version_is_waited_for(store: StoreLayout) -> None:
    served = open_snapshot(store.root, version=FULL)
    publish_fake_store(store.root, OTHERS, version=CLEAN)
    with pytest.raises(StoreError, match=f"a service still has {FULL} open"):
        purge(store, keep=3, release_s=0)
    assert {name.split("/")[1] for name in files_with(store)} == {FULL}

    def change_to_the_new_version() -> None:
        time.sleep(0.2)
        served.close()

    service = threading.Thread(target=change_to_the_new_version)
    service.start()
    assert purge(store, keep=3).removed == (FULL,)
    service.join()
    assert files_with(store) == set()


def test_a_version_that_cannot_be_read_may_have_the_text(store: StoreLayout) -> None:
    publish_fake_store(store.root, OTHERS, version=CLEAN)
    store.version(OLD).corpus.write_bytes(b"no database")
    assert purge(store, keep=3).removed == (OLD, FULL)


def test_without_takedowns_it_is_a_plain_pruning(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path / "store")
    for name in (OLD, FULL):
        publish_fake_store(store.root, ARTICLES, version=name)
    publish(store, FULL)
    assert purge(store, keep=1).removed == (OLD,)
