"""Asking shards on a cluster: in time, again, or not at all. Ray is replaced by handles that do as they are told."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from indexer.snapshot.errors import ClusterError, SnapshotDamaged, StoreNotFound, UsageError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.snapshot.shards.open import open_local_shards
from indexer.snapshot.shards.requests import LookUp
from indexer.snapshot.shards.silence import noting_silent_shards
from search_api.cluster import connect, ray_shards
from search_api.cluster.application import application
from search_api.cluster.connect import shard_connector
from search_api.cluster.ray_shards import RayShards
from search_api.cluster.shard_server import KEPT_VERSIONS, ShardServer
from search_api.cluster.shard_source import FolderShardSource, open_shard
from search_api.settings import Settings
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store


class Handle:
    """A deployment whose replicas answer, or fail as `faults` say, one for each request; None is no fault."""

    def __init__(self, answer: str, *faults: Exception | None) -> None:
        self.faults: Iterator[Exception | None] = iter(faults)
        self.n_cancelled = 0
        self.reply = answer
        self.questions: list[int] = []
        self.answer = SimpleNamespace(remote=self._remote)

    @property
    def n_asked(self) -> int:
        return len(self.questions)

    def _remote(self, version: str, request: Callable[[Any], Any], question: int) -> Any:
        assert version == "v1"
        self.questions.append(question)
        fault = next(self.faults, None)

        def result(timeout_s: float) -> str:
            assert 0 < timeout_s <= 1
            if fault is not None:
                raise fault
            return f"{self.reply} {request(None)}"

        def cancel() -> None:
            self.n_cancelled += 1

        return SimpleNamespace(result=result, cancel=cancel)


def question(_shard: object) -> str:
    return "answers"


@pytest.fixture
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_shards, "_ALONE_S", 0.2)


def test_shards_are_asked_once_and_answer_by_number() -> None:
    handles = [Handle("first"), Handle("second"), Handle("third")]
    shards = RayShards("v1", handles, deadline_s=2)
    assert shards.ask({2: question, 0: question}) == {2: "third answers", 0: "first answers"}
    assert [handle.n_asked for handle in handles] == [1, 0, 1]
    assert shards.ask({}) == {}


def test_a_shard_that_does_not_answer_is_asked_again() -> None:
    handle = Handle("first", TimeoutError())
    assert RayShards("v1", [handle], 2).ask({0: question}) == {0: "first answers"}
    assert (handle.n_asked, handle.n_cancelled) == (2, 1)


def test_a_repeated_question_has_its_number_and_no_other_question_has_it() -> None:
    handles = [Handle("first", TimeoutError()), Handle("second")]
    shards = [RayShards(version, handles, 2) for version in ("v1", "v1")]
    for each in shards:
        each.ask({0: question, 1: question})
    repeated, *others = handles[0].questions[1:]
    assert handles[0].questions[0] == repeated == handles[1].questions[0]
    assert others == handles[1].questions[1:] != [repeated]


def test_a_request_that_waits_is_not_given_up_before_the_next_one_has_an_answer() -> None:
    events: list[str] = []

    def remote(_version: str, _request: object, **_question: int) -> Any:
        number = sum(event.startswith("sent") for event in events)
        events.append(f"sent {number}")
        waits = iter([TimeoutError(), None] if number == 0 else [TimeoutError()])

        def result(timeout_s: float) -> str:
            if (fault := next(waits)) is not None:
                raise fault
            events.append(f"late answer of {number}")
            return "late"

        return SimpleNamespace(result=result, cancel=lambda: events.append(f"cancelled {number}"))

    handle = SimpleNamespace(answer=SimpleNamespace(remote=remote))
    assert RayShards("v1", [handle], 2).ask({0: question}) == {0: "late"}
    assert events == ["sent 0", "sent 1", "late answer of 0", "cancelled 0"]


@pytest.mark.usefixtures("no_wait")
def test_a_silent_shard_is_noted_and_after_two_searches_left_alone_for_a_moment() -> None:
    ended = Handle("first", *[RuntimeError("ended")] * 4)
    shards = RayShards("v1", [ended, Handle("second")], 2)
    for asked in (2, 4, 4):
        with noting_silent_shards() as silent:
            assert shards.ask({0: question, 1: question}) == {1: "second answers"}
            assert shards.ask({0: question}) == {}  # not again in the same search
        assert silent == {0}
        assert ended.n_asked == asked
    time.sleep(0.25)
    for _ in range(2):
        with noting_silent_shards() as silent:
            answers = shards.ask({0: question})
    assert answers == {0: "first answers"}
    assert not silent


def test_a_shard_that_was_silent_once_is_asked_by_the_next_search() -> None:
    shards = RayShards("v1", [Handle("first", *[TimeoutError()] * 2, None, *[TimeoutError()] * 2)], 2)
    for expected in ({}, {0: "first answers"}, {}, {0: "first answers"}):
        with noting_silent_shards():
            assert shards.ask({0: question}) == expected


def test_where_silence_is_not_noted_it_is_an_error() -> None:
    with pytest.raises(ClusterError, match="shard 0 does not answer"):
        RayShards("v1", [Handle("", *[RuntimeError()] * 2)], 2).ask({0: question})


@pytest.fixture(scope="module")
def divided_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("divided")
    publish_fake_store(root, ARTICLES, n_shards=2)
    return root


def test_a_replica_maps_what_is_published_and_lets_go_of_what_is_old(
    divided_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FolderShardSource, "look_every_s", 0.01)
    store = StoreLayout(tmp_path)
    for version in ("v1", "v2", "v3", "v4", "v5"):
        publish_fake_store(tmp_path, ARTICLES, version=version, n_shards=2)

    async def serve() -> None:
        replica = ShardServer(str(tmp_path), 1)
        for _ in range(300):
            if "v5" in replica._open:
                break
            await asyncio.sleep(0.01)
        assert list(replica._open) == ["v5"]
        asked = LookUp((("canal",),))
        answers = [await replica.answer(version, asked) for version in ("v1", "v2", "v3", "v5")]
        assert all(answer == answers[0] for answer in answers)
        assert len(replica._open) == KEPT_VERSIONS
        with pytest.raises(StoreNotFound, match="no version v9"):
            await replica.answer("v9", asked)
        replica.close()
        assert not replica._open

    asyncio.run(serve())
    with pytest.raises(StoreNotFound, match="no shard 2"):
        open_shard(store, "v5", 2)


def test_a_replica_checks_its_own_shard_only(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES, n_shards=2)
    store = StoreLayout(tmp_path)
    layout = store.version(current_version(store))
    lengths = layout.shard(0).lexical.root / "lengths.npy"
    lengths.write_bytes(lengths.read_bytes()[:-1] + b"x")
    open_shard(store, layout.root.name, 1).close()
    with pytest.raises(SnapshotDamaged, match=r"lengths\.npy"):
        open_shard(store, layout.root.name, 0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Ray Serve's own schema
def test_the_application_has_a_deployment_for_each_shard() -> None:
    bound = application("store", n_shards="3", replicas="2")  # type: ignore[arg-type]  # as `serve run` passes them
    shards = bound._bound_deployment.init_args[1:]
    assert [one._bound_deployment.name for one in shards] == ["shard-0", "shard-1", "shard-2"]
    assert [one._bound_deployment.init_args for one in shards] == [("store", number) for number in range(3)]
    assert {one._bound_deployment.num_replicas for one in shards} == {2}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Ray Serve's own schema
@pytest.mark.parametrize(("replicas", "n_nodes", "most"), [(2, 1, 2), (2, 2, 1), (2, 5, 1), (3, 2, 2)])
def test_a_node_has_no_two_replicas_of_a_shard_if_there_are_enough_nodes(
    replicas: int, n_nodes: int, most: int
) -> None:
    (_, shard) = application("store", 1, replicas, n_nodes)._bound_deployment.init_args
    assert shard._bound_deployment._replica_config.max_replicas_per_node == most


def test_without_a_cluster_shards_are_in_this_process_and_ray_is_not_imported(divided_store: Path) -> None:
    assert shard_connector(Settings(store=divided_store)) is open_local_shards
    with pytest.raises(UsageError, match="--ray-address needs --engine ray"):
        shard_connector(Settings(store=divided_store, ray_address="auto"))
    program = "import sys, search_api.cli, search_api.app, search_api.server; sys.exit('ray' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_shards_of_a_store_elsewhere_come_from_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[object] = []
    monkeypatch.setattr(connect, "_connection", lambda *arguments: asked.append(arguments))
    shard_connector(Settings.model_validate({"store": "s3://bucket/store", "replica": tmp_path, "engine": "ray"}))
    shard_connector(Settings(store=tmp_path, engine="ray", shard_deadline_s=5))
    assert asked == [(None, "s3://bucket/store", 1, 2.0), (None, str(tmp_path), 1, 5.0)]


def test_ray_that_is_not_there_is_a_clear_error(divided_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'khabar\[ray\]'"):
        shard_connector(Settings(store=divided_store, engine="ray", shard_replicas=7))
