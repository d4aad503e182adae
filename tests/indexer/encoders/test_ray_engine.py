"""Embedding on a Ray cluster: the vectors of the model here, each text once, whatever ends meanwhile."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from indexer import build as building
from indexer.embedding import embed
from indexer.encoders import ray_engine
from indexer.encoders.models import find_model
from indexer.encoders.ray_engine import RayCluster, SharedModel, _Dispatcher, _RemoteEncoder
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import BuildError, ModelError, UsageError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.ray_cluster import connect_ray
from indexer.snapshot.reader import open_snapshot
from search_api.cli import app
from tests.conftest import ROOT

_CHUNKS = [[f"chunk {chunk}, text {text}" for text in range(3)] for chunk in range(40)]


class _Fault(Exception):
    """An error of Ray that says that an encoder has ended."""


class _TaskFault(_Fault):
    """An error of Ray with an error of the code that it ran."""


class _DiedFault(_Fault):
    """An error of Ray for what can never be made."""


class _FakeRay:
    """Does at once what it is asked, or fails as `faults` say, one for each request; None is no fault."""

    exceptions = SimpleNamespace(RayError=_Fault, RayTaskError=_TaskFault, ActorDiedError=_DiedFault)

    def __init__(self, faults: Sequence[Exception | None] = ()) -> None:
        self.faults = iter(faults)
        self.most_at_a_time = 0

    def wait(self, asked: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
        self.most_at_a_time = max(self.most_at_a_time, len(asked))
        return asked[-1:], asked[:-1]

    def get(self, answer: Callable[[], Any]) -> Any:
        fault = next(self.faults, None)
        if fault is not None:
            raise fault
        return answer()


def _lengths(texts: Sequence[str]) -> Any:
    return np.array([[len(text)] for text in texts], dtype=np.float32)


def _encoders(n: int) -> list[_RemoteEncoder]:
    start = SimpleNamespace(remote=lambda: lambda: None)
    encode = SimpleNamespace(remote=lambda texts: lambda: _lengths(texts))
    return [_RemoteEncoder(SimpleNamespace(start=start, encode=encode), "fake") for _ in range(n)]


def _dispatched(ray: _FakeRay, n_encoders: int = 2) -> dict[int, Any]:
    found = list(_Dispatcher(ray, _encoders(n_encoders)).encode_chunks(iter(_CHUNKS)))
    assert len(found) == len(dict(found))  # no chunk twice
    return dict(found)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rest for an instant only."""
    monkeypatch.setattr(ray_engine, "_REST_S", 0.01)
    monkeypatch.setattr(ray_engine, "_LOOK_EVERY_S", 0.01)


def _is_complete(found: dict[int, Any]) -> bool:
    return all(np.array_equal(found[place], _lengths(texts)) for place, texts in enumerate(_CHUNKS))


def test_every_chunk_comes_back_with_its_place() -> None:
    ray = _FakeRay()
    assert _is_complete(_dispatched(ray))
    assert ray.most_at_a_time <= 4  # two chunks with each encoder


@pytest.mark.parametrize("every", [2, 3, 5])
def test_what_an_encoder_loses_is_sent_again(every: int) -> None:
    faults = [_Fault("gone") if number % every == 0 else None for number in range(120)]
    assert _is_complete(_dispatched(_FakeRay(faults)))


def test_nothing_to_encode_ends_at_once() -> None:
    assert list(_Dispatcher(_FakeRay(), _encoders(1)).encode_chunks([])) == []


@pytest.mark.parametrize(
    ("fault", "expected", "message"),
    [
        (
            _DiedFault("in __init__\nValueError: no such model"),
            ModelError,
            "cannot load the model: ValueError: no such",
        ),
        (_TaskFault("in encode\nMemoryError: too long"), BuildError, "cannot encode a text: MemoryError: too long"),
    ],
)
def test_what_will_not_change_ends_the_build(fault: Exception, expected: type[Exception], message: str) -> None:
    with pytest.raises(expected, match=message):
        _dispatched(_FakeRay([fault]))


def test_a_cluster_that_does_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_engine, "_PATIENCE_S", 0.1)
    with pytest.raises(BuildError, match="has done nothing for 0 s: node lost"):
        _dispatched(_FakeRay([_Fault("node lost")] * 10_000))


def test_a_chunk_may_take_longer_than_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_engine, "_PATIENCE_S", 0.05)

    class SlowRay(_FakeRay):
        def wait(self, asked: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
            self.n_looks = getattr(self, "n_looks", 0) + 1
            if 10 < self.n_looks < 30:
                time.sleep(timeout)
                return [], asked
            return super().wait(asked, timeout)

    assert _is_complete(_dispatched(SlowRay()))


def test_a_cluster_without_processors_is_refused(monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> None:
    monkeypatch.setattr(ray_engine, "connect_ray", lambda _address: SimpleNamespace(shutdown=lambda: None))
    monkeypatch.setattr(ray_engine, "_start_encoders", lambda *_: [])
    description = SimpleNamespace(precision="fp32")
    encoder: Any = SimpleNamespace(
        source=find_model(str(tiny_model)), load=lambda: SimpleNamespace(description=description)
    )
    on_cluster = ray_engine.on_cluster(RayCluster(), None, Reporter(Console(quiet=True)), encoder)
    with pytest.raises(UsageError, match="no node of the Ray cluster"), on_cluster:
        pass


def test_what_nodes_report_does_not_mix_with_the_result(
    monkeypatch: pytest.MonkeyPatch, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ray_engine, "connect_ray", lambda _address: SimpleNamespace(shutdown=lambda: None))
    monkeypatch.setattr(ray_engine, "_start_encoders", lambda *_: [SimpleNamespace(kind="one on each node")])
    description = SimpleNamespace(precision="fp32")
    encoder: Any = SimpleNamespace(
        source=find_model(str(tiny_model)), load=lambda: SimpleNamespace(description=description)
    )
    with ray_engine.on_cluster(RayCluster(), None, Reporter(Console(quiet=True)), encoder):
        print("(raylet) A worker died")  # as a thread of Ray does
    print("{}")
    told = capsys.readouterr()
    assert told.out == "{}\n"
    assert "A worker died" in told.err


def test_an_address_needs_the_engine(tmp_path: Path) -> None:
    arguments = ["index", "build", str(tmp_path), "--store", str(tmp_path / "store"), "--ray-address", "auto"]
    result = CliRunner().invoke(app, arguments)
    assert "--ray-address needs --engine ray" in str(result.exception)


@pytest.fixture(scope="module")
def local_ray() -> Iterator[Any]:
    """Ray on this machine, for all tests of this module."""
    ray = pytest.importorskip("ray")
    yield ray
    ray.shutdown()


def _build(store: Path, tiny_model: Path, cluster: RayCluster | None) -> StoreLayout:
    recipe = building.Recipe(str(tiny_model), query_encoder="none", cluster=cluster)
    building.build([ROOT / "data" / "articles.jsonl"], store, Reporter(Console(quiet=True)), recipe=recipe)
    return StoreLayout(store)


@pytest.mark.slow
def test_a_build_on_ray_gives_the_same_version(
    local_ray: Any, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "_CHUNK", 8)
    stores = [_build(tmp_path / "here", tiny_model, None), _build(tmp_path / "ray", tiny_model, RayCluster())]
    assert not local_ray.is_initialized()
    with open_snapshot(stores[0].root) as here, open_snapshot(stores[1].root) as there:
        assert here.manifest.files == there.manifest.files


@pytest.mark.slow
def test_an_encoder_that_is_killed_costs_nothing_but_time(
    local_ray: Any, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    start_encoders = ray_engine._start_encoders

    def start(*arguments: Any) -> list[_RemoteEncoder]:
        started.extend(start_encoders(*arguments))
        return list(started)

    monkeypatch.setattr(ray_engine, "_start_encoders", start)
    source = find_model(str(tiny_model))
    model = SentenceTransformersEncoder.load(source)
    encoder: Any = SimpleNamespace(source=source, load=lambda: model)
    found: dict[int, Any] = {}
    with ray_engine.on_cluster(RayCluster(), str(tiny_model), Reporter(Console(quiet=True)), encoder) as encode_chunks:
        for place, vectors in encode_chunks(_CHUNKS):
            assert place not in found
            found[place] = vectors
            if len(found) in {1, 20}:
                local_ray.kill(started[0].actor, no_restart=False)
                time.sleep(0.2)
    assert sorted(found) == [*range(len(_CHUNKS))]
    for place, texts in enumerate(_CHUNKS):
        assert np.array_equal(found[place], model.encode_passages(texts))


@pytest.mark.slow
def test_a_node_with_another_model_ends_the_build(local_ray: Any, tiny_model: Path) -> None:
    source = find_model(str(tiny_model))
    shared = SharedModel(str(tiny_model), source.prompts, "0" * 16, "fp32")
    ray = connect_ray(None)
    try:
        with pytest.raises(ModelError, match="a node has another tiny"):
            list(_Dispatcher(ray, ray_engine._start_encoders(ray, shared)).encode_chunks(_CHUNKS))
    finally:
        ray.shutdown()
