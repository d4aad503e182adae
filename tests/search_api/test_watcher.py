"""A running service follows its store: new versions, rollbacks, takedowns, and what it must not follow."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.store.prune import prune
from indexer.store.publish import publish
from indexer.store.takedown import record_takedowns
from indexer.store.versions import roll_back
from search_api import watcher as watching
from search_api.app import create_app
from search_api.holder import SnapshotHolder
from search_api.metrics import Metrics
from search_api.processes.progress import Progress
from search_api.settings import Settings
from search_api.watcher import StoreWatcher
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

PROBLEM = "application/problem+json"


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    publish_fake_store(tmp_path / "store", ARTICLES, version="v1")
    return StoreLayout(tmp_path / "store")


@pytest.fixture
def holder(store: StoreLayout) -> Iterator[SnapshotHolder]:
    made = SnapshotHolder()
    made.show(open_snapshot(store.root))
    yield made
    made.close()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def watcher(store: StoreLayout, holder: SnapshotHolder, metrics: Metrics) -> Iterator[StoreWatcher]:
    made = StoreWatcher(store, holder, metrics, Progress())
    yield made
    made.close()


def version(holder: SnapshotHolder) -> str:
    assert holder.current is not None
    return holder.current.manifest.version


def counted(metrics: Metrics, name: str) -> str:
    lines = metrics.exposition(None).decode().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name} "))


def test_new_version_and_rollback_are_shown(
    store: StoreLayout, holder: SnapshotHolder, watcher: StoreWatcher, metrics: Metrics
) -> None:
    before = holder.current
    watcher.follow_versions()
    assert holder.current is before
    publish_fake_store(store.root, ARTICLES[:3], version="v2")
    watcher.follow_versions()
    assert version(holder) == "v2"
    roll_back(store)
    watcher.follow_versions()
    assert version(holder) == "v1"
    assert counted(metrics, "khabar_snapshot_swaps_total") == "2.0"


def test_versions_of_one_encoder_share_it(store: StoreLayout, holder: SnapshotHolder, watcher: StoreWatcher) -> None:
    before = holder.current
    publish_fake_store(store.root, ARTICLES[:3], version="v2")
    watcher.follow_versions()
    assert before is not None
    assert holder.current is not None
    assert holder.current.encoders is before.encoders


@pytest.mark.parametrize("damage", ["file", "missing"])
def test_version_that_cannot_be_opened_is_refused_and_tried_again(
    store: StoreLayout,
    holder: SnapshotHolder,
    watcher: StoreWatcher,
    metrics: Metrics,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    damage: str,
) -> None:
    publish_fake_store(store.root, ARTICLES[:3], version="v2")
    good = store.version("v2").neutral.read_bytes()
    if damage == "file":
        store.version("v2").neutral.write_bytes(b"damaged")
    else:
        publish(store, "v3")
    watcher.follow_versions()
    watcher.follow_versions()  # not tried again at once
    assert version(holder) == "v1"
    assert counted(metrics, "khabar_snapshot_refused_total") == "1.0"
    assert "is refused, v1 is still served" in caplog.text
    store.version("v2").neutral.write_bytes(good)
    publish(store, "v2")
    monkeypatch.setattr(watching, "_RETRY_AFTER_S", 0.0)
    monkeypatch.setattr(time, "monotonic", lambda: 1e12)
    watcher.follow_versions()
    assert version(holder) == "v2"


def test_failure_that_nobody_expected_refuses_the_version_once(
    store: StoreLayout, holder: SnapshotHolder, watcher: StoreWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def fail(*_arguments: object, **_keywords: object) -> None:
        opened.append(1)
        raise RuntimeError("out of memory, says a library")

    publish_fake_store(store.root, ARTICLES[:3], version="v2")
    monkeypatch.setattr(watching, "open_snapshot", fail)
    watcher.follow_versions()
    watcher.follow_versions()
    assert (version(holder), len(opened)) == ("v1", 1)


def test_store_that_is_gone_is_no_reason_to_stop(
    store: StoreLayout, holder: SnapshotHolder, watcher: StoreWatcher, caplog: pytest.LogCaptureFixture
) -> None:
    store.current.unlink()
    record_takedowns(store, ["en-moon"], "takedown", "")
    watcher.follow_versions()
    watcher.follow_takedowns()
    assert version(holder) == "v1"
    assert "keeps the version that it serves" in caplog.text
    assert holder.current is not None
    assert holder.current.hidden == {"en-moon"}


def test_takedown_is_followed_and_undone(store: StoreLayout, holder: SnapshotHolder, watcher: StoreWatcher) -> None:
    def shown() -> bool:
        watcher.follow_versions()
        watcher.follow_takedowns()
        assert holder.current is not None
        return holder.current.article("en-moon") is not None

    assert shown()
    record_takedowns(store, ["en-moon"], "takedown", "")
    assert not shown()
    record_takedowns(store, ["en-moon"], "undo", "")
    assert shown()
    record_takedowns(store, ["en-moon"], "takedown", "")
    publish_fake_store(store.root, ARTICLES[:4], version="v2")
    assert not shown()


def test_damaged_log_of_takedowns_changes_nothing(
    store: StoreLayout, holder: SnapshotHolder, watcher: StoreWatcher, caplog: pytest.LogCaptureFixture
) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    watcher.follow_takedowns()
    store.takedowns.write_bytes(b"damaged\n")
    watcher.follow_takedowns()
    assert holder.current is not None
    assert holder.current.hidden == {"en-moon"}
    assert "is not a takedown" in caplog.text


def lose_both(store: StoreLayout) -> None:
    store.takedowns.unlink()
    store.takedowns_head.unlink()


@pytest.mark.parametrize(
    "damage",
    [
        lambda store: store.takedowns.unlink(),
        lambda store: store.takedowns.write_bytes(b""),
        lambda store: store.takedowns_head.unlink(),
        lose_both,
    ],
    ids=["log missing", "log empty", "head missing", "both missing"],
)
def test_a_lost_log_shows_nothing_again_and_operators_are_told(
    store: StoreLayout,
    holder: SnapshotHolder,
    watcher: StoreWatcher,
    metrics: Metrics,
    damage: Callable[[StoreLayout], object],
) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    watcher.follow_takedowns()
    kept = [path.read_bytes() for path in (store.takedowns, store.takedowns_head)]
    publish_fake_store(store.root, ARTICLES[:3], version="v2")  # knows nothing of takedowns
    damage(store)
    for _ in range(3):
        watcher.follow_takedowns()
        watcher.follow_versions()
    assert holder.current is not None
    assert holder.current.manifest.version == "v1"
    assert holder.current.hidden == {"en-moon"}
    assert counted(metrics, "khabar_takedowns_unreadable") == "1.0"
    assert counted(metrics, "khabar_snapshot_refused_total") == "1.0"
    assert "may be missing in the log" in str(holder.takedown_problem)
    for path, content in zip((store.takedowns, store.takedowns_head), kept, strict=True):
        path.write_bytes(content)
    watcher.follow_takedowns()
    assert holder.takedown_problem is None
    assert counted(metrics, "khabar_takedowns_unreadable") == "0.0"


def test_a_service_that_cannot_see_takedowns_is_not_ready(store: StoreLayout) -> None:
    with TestClient(create_app(Settings(store=store.root))) as client:
        assert client.get("/readyz").status_code == 200
        client.app.state.khabar.holder.takedown_problem = "the log is missing"  # type: ignore[attr-defined]
        response = client.get("/readyz")
        assert (response.status_code, response.json()["detail"]) == (503, "the log is missing")


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something holds; it takes half a second to be noticed, and nobody waits for a minute."""
    for _ in range(6_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


@pytest.mark.slow  # the watcher looks every half second
def test_running_service_follows_and_pages_do_not_mix(store: StoreLayout) -> None:
    app = create_app(Settings(store=store.root))
    with TestClient(app) as client:

        def served() -> str:
            return str(client.get("/v1/index").json()["version"])

        first = client.get("/v1/search", params={"q": "canal", "k": 2}).json()
        page = {"q": "canal", "k": 2, "offset": 2, "index_version": first["index"]["version"]}
        assert client.get("/v1/search", params=page).status_code == 200
        publish_fake_store(store.root, ARTICLES[:3], version="v2")
        wait_for(lambda: served() == "v2")
        for response in (client.get("/v1/search", params=page), client.post("/v1/search", json=page)):
            assert (response.status_code, response.headers["content-type"]) == (409, PROBLEM)
            assert "v1 is not served any more, v2 is" in response.json()["detail"]
        assert client.get("/v1/search", params=page | {"index_version": "v2"}).status_code == 200
        assert prune(store, 1).removed == ("v1",)
        record_takedowns(store, ["en-moon"], "takedown", "")
        wait_for(lambda: client.get("/v1/articles/en-moon").status_code == 404)


def test_a_version_is_shown_without_what_was_taken_down_while_it_warmed_up(
    store: StoreLayout, holder: SnapshotHolder, watcher: StoreWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The takedown is confirmed for the version before, so the new one must not show the article for a moment."""
    shown: list[bool] = []
    show = holder.show

    def take_down(_snapshot: Snapshot) -> None:
        record_takedowns(store, ["en-moon"], "takedown", "")
        watcher.follow_takedowns()

    def look(snapshot: Snapshot) -> None:
        shown.append(snapshot.article("en-moon") is not None)
        show(snapshot)

    publish_fake_store(store.root, ARTICLES[1:], version="v2")
    monkeypatch.setattr(watching, "warm_up", take_down)
    monkeypatch.setattr(holder, "show", look)
    watcher.follow_versions()
    assert (version(holder), shown) == ("v2", [False])


def test_a_version_that_loses_bytes_is_withdrawn_until_another_one_is_published(
    store: StoreLayout, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY_S", 3600.0)  # the watcher of the test is the only one that looks
    publish_fake_store(store.root, ARTICLES[:3], version="v2")
    with TestClient(create_app(Settings(store=store.root))) as client:
        holder = client.app.state.khabar.holder  # type: ignore[attr-defined]
        watcher = StoreWatcher(store, holder, metrics, Progress())
        watcher.follow_versions()
        vectors = store.version("v2").index("en").vectors
        os.truncate(vectors, 100)
        watcher.follow_versions()
        for path in ("/readyz", "/v1/search?q=canal", "/v1/index", "/v1/articles/en-canal"):
            response = client.get(path)
            assert (response.status_code, response.headers["content-type"]) == (503, PROBLEM)
            assert f"{vectors} has lost bytes" in response.json()["detail"]
        assert client.get("/healthz").status_code == 200
        assert counted(metrics, "khabar_snapshot_withdrawn_total") == "1.0"
        assert counted(metrics, "khabar_snapshot_refused_total") == "1.0"  # it is still the published one
        roll_back(store, "v1")
        watcher.follow_versions()
        assert client.get("/v1/search?q=canal").json()["index"]["version"] == "v1"
        watcher.close()


def test_a_removed_or_replaced_file_is_still_there_for_those_who_have_it_open(
    store: StoreLayout, holder: SnapshotHolder, watcher: StoreWatcher
) -> None:
    watcher.follow_versions()
    store.version("v1").index("en").vectors.unlink()
    corpus = store.version("v1").corpus
    corpus.with_suffix(".short").write_bytes(b"short")
    corpus.with_suffix(".short").replace(corpus)
    watcher.follow_versions()
    assert version(holder) == "v1"
