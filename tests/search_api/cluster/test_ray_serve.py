"""Shards on a real Ray cluster, while replicas are killed and versions are swapped."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from indexer.snapshot.layout import StoreLayout
from indexer.store.takedown import record_takedowns
from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store
from tests.service_process import fake_service

pytestmark = pytest.mark.slow

N_SHARDS = 2
DEADLINE_S = 10.0  # wide, for machines that do other things too
NEW = make_article("en-new", "en", "A second canal beside the first one was opened for all ships today.", title="Canal")
PARAMETERS: tuple[dict[str, Any], ...] = (
    {"q": "canal"},
    {"q": "زلزال", "facets": "source,day", "paragraphs": 2},
    {"q": "canal moon", "language": "en", "sort": "newest", "group": "none"},
    {"q": '"the canal"', "mode": "exact", "highlight": True},
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("divided")
    publish_fake_store(root, ARTICLES, n_shards=N_SHARDS)
    return root


@pytest.fixture(scope="module")
def service(store: Path) -> Iterator[httpx.Client]:
    with service_on_ray(store, {"KHABAR_SHARD_REPLICAS": "2"}) as client:
        yield client


@contextmanager
def service_on_ray(store: Path | str, environment: dict[str, str]) -> Iterator[httpx.Client]:
    """Run the service with a Ray of its own for the time of a block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    engine = {"KHABAR_ENGINE": "ray", "KHABAR_SHARD_DEADLINE_S": str(DEADLINE_S), "KHABAR_QUERY_CACHE": "0"}
    with (
        fake_service(store, "--port", str(port), env=engine | environment) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        wait_until(lambda: process.poll() is not None or is_ready(client), 120)
        assert process.poll() is None, "the service ended"
        yield client


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def wait_until(is_true: Callable[[], bool], within_s: float) -> None:
    until = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < until, f"not within {within_s} s"
        time.sleep(0.1)


def replicas(number: int) -> list[int]:
    """Return the process ids of the replicas of a shard."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:  # it has ended
            continue
        if command.startswith(b"ray::ServeReplica:khabar:shard-%d" % number):
            found.append(int(path.parent.name))
    return found


class Load:
    """What the service has answered while it was asked without a break: status, and the answer or problem."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self._ended = threading.Event()

    @classmethod
    @contextmanager
    def on(cls, client: httpx.Client) -> Iterator["Load"]:
        load = cls()
        threads = [threading.Thread(target=load._ask, args=(client,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            yield load
        finally:
            load._ended.set()
            for thread in threads:
                thread.join()

    def _ask(self, client: httpx.Client) -> None:
        while not self._ended.is_set():
            for parameters in PARAMETERS:
                response = client.get("/v1/search", params=parameters)
                self.answers.append((response.status_code, response.json()))

    def wait_for(self, n: int) -> None:
        """Wait until so many more requests are answered."""
        wanted = len(self.answers) + n
        wait_until(lambda: len(self.answers) >= wanted, 60)

    def failures(self) -> list[Any]:
        """Return the answers that are errors, or not complete."""
        return [answer for status, answer in self.answers if status != 200 or "complete" in answer]


def without_times(answer: Any) -> Any:
    return {name: value for name, value in answer.items() if name != "timing_ms"}


def test_answers_are_those_of_one_process(service: httpx.Client, store: Path) -> None:
    with TestClient(create_app(Settings(store=store))) as local:
        for parameters in PARAMETERS:
            alone = without_times(local.get("/v1/search", params=parameters).json())
            assert without_times(service.get("/v1/search", params=parameters).json()) == alone
            assert alone["hits"]


def test_replicas_that_hang_cost_no_answer(service: httpx.Client) -> None:
    hanging = [replicas(number)[0] for number in range(N_SHARDS)]
    with Load.on(service) as load:
        load.wait_for(20)
        for pid in hanging:
            os.kill(pid, signal.SIGSTOP)
        try:
            load.wait_for(40)
        finally:
            for pid in hanging:
                os.kill(pid, signal.SIGCONT)
        load.wait_for(20)
    assert not load.failures()


def test_a_killed_replica_costs_no_answer(service: httpx.Client) -> None:
    with Load.on(service) as load:
        load.wait_for(20)
        for number in range(N_SHARDS):
            os.kill(replicas(number)[0], signal.SIGKILL)
            load.wait_for(40)
    assert not load.failures()


def test_no_answer_mixes_versions_while_they_are_swapped(service: httpx.Client, store: Path) -> None:
    expected: dict[str, set[str]] = {}
    with Load.on(service) as load:
        for turn in range(6):
            has_new, version = turn % 2 == 0, f"v2-{turn}"
            publish_fake_store(store, (*ARTICLES, NEW) if has_new else ARTICLES, version=version, n_shards=N_SHARDS)
            expected[version] = {"en-new"} if has_new else set()
            wait_until(lambda: service.get("/v1/index").json()["version"] == version, 30)  # noqa: B023
            load.wait_for(20)
    assert not load.failures()
    canal = [answer for _, answer in load.answers if answer["query"]["text"] == "canal"]
    assert {answer["index"]["version"] for answer in canal} > set(expected)
    for answer in canal:
        found = {hit["article"]["id"] for hit in answer["hits"]} & {"en-new"}
        assert found == expected.get(answer["index"]["version"], set())


def test_takedowns_take_effect_under_load(service: httpx.Client, store: Path) -> None:
    with Load.on(service) as load:
        record_takedowns(StoreLayout(store), ["en-canal"], "takedown", "asked for")
        wait_until(lambda: "en-canal" not in service.get("/v1/search", params={"q": "canal"}).text, 10)
        begun = len(load.answers)
        load.wait_for(40)
    assert not load.failures()
    asked_before = 4  # one request of each thread of the load
    assert not [1 for _, answer in load.answers[begun + asked_before :] if "en-canal" in str(answer["hits"])]


def test_a_version_with_more_shards_is_followed(service: httpx.Client, store: Path) -> None:
    before = without_times(service.get("/v1/search", params=PARAMETERS[1]).json())["hits"]
    with Load.on(service) as load:
        publish_fake_store(store, ARTICLES, version="v3", n_shards=N_SHARDS + 1)
        wait_until(lambda: service.get("/v1/index").json()["version"] == "v3", 60)
        load.wait_for(40)
    assert not load.failures()
    assert without_times(service.get("/v1/search", params=PARAMETERS[1]).json())["hits"] == before
    assert replicas(N_SHARDS)


def test_without_any_replica_of_a_shard_answers_say_so_and_are_whole_again(service: httpx.Client) -> None:
    whole = without_times(service.get("/v1/search", params=PARAMETERS[1]).json())
    for pid in replicas(0):
        os.kill(pid, signal.SIGKILL)
    started = time.monotonic()
    incomplete = service.get("/v1/search", params=PARAMETERS[1])
    assert time.monotonic() - started < 2 * DEADLINE_S
    if "complete" in incomplete.json():  # else a replica was there again within the deadline
        assert incomplete.status_code == 200
        assert incomplete.json()["complete"] is False
        assert 0 < incomplete.json()["missing_share"] < 1
        strict = service.get("/v1/search", params={**PARAMETERS[1], "require_complete": True})
        assert strict.status_code in {200, 503}
    wait_until(lambda: without_times(service.get("/v1/search", params=PARAMETERS[1]).json()) == whole, 30)


def test_shards_of_a_store_elsewhere_are_copied_to_where_they_answer(tmp_path: Path) -> None:
    source = tmp_path / "source"
    publish_fake_store(source, ARTICLES, n_shards=N_SHARDS)
    places = {"KHABAR_REPLICA": str(tmp_path / "replica"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with (
        service_on_ray(source.as_uri(), places) as elsewhere,
        TestClient(create_app(Settings(store=source))) as local,
    ):
        for parameters in PARAMETERS:
            alone = without_times(local.get("/v1/search", params=parameters).json())
            assert without_times(elsewhere.get("/v1/search", params=parameters).json()) == alone
    assert len([*(tmp_path / "cache").glob("khabar/shards/*/versions/*/shards/*")]) == N_SHARDS
