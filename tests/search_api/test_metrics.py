"""What Prometheus is told, how many requests wait, and what the others get."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from indexer.snapshot.reader import Snapshot
from search_api.access.admission import Admission
from search_api.app import create_app
from search_api.metrics import SHARED_FOLDER, Metrics
from search_api.settings import Settings


@pytest.fixture
def client(fake_store: Path) -> Iterator[TestClient]:
    """Return a client of a service whose counters begin at nothing."""
    with TestClient(create_app(Settings(store=fake_store))) as running:
        yield running


def samples(text: str) -> dict[tuple[str, str], float]:
    """Return values by name and labels, these as one string."""
    return {
        (sample.name, ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(client: TestClient) -> dict[tuple[str, str], float]:
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return samples(response.text)


def test_searches_are_counted_by_stage_and_cache(client: TestClient) -> None:
    for query in ("canal", "canal", "moon"):
        assert client.get("/v1/search", params={"q": query}).status_code == 200
    found = scraped(client)
    for stage in ("encode", "search", "fetch", "serialise", "total"):
        assert found["khabar_search_stage_seconds_count", f"stage={stage}"] == 3
    total, *parts = (
        found["khabar_search_stage_seconds_sum", f"stage={stage}"] for stage in ("total", "encode", "search", "fetch")
    )
    # Rounded to microseconds; three searches have three parts each.
    assert total == pytest.approx(sum(parts), abs=1e-5)
    assert min(parts) > 0
    assert found["khabar_query_cache_hits_total", ""] == 1
    assert found["khabar_query_cache_misses_total", ""] == 2


def test_a_process_that_was_killed_is_not_waiting_for_ever(tmp_path: Path) -> None:
    script = f"""
import os, subprocess, sys
from search_api.metrics import Metrics
metrics = Metrics()
metrics.running.set(2)
other = "import os; from search_api.metrics import Metrics; m = Metrics(); m.running.set(3); m.swaps.inc(); "
subprocess.run([sys.executable, "-c", other + "os.kill(os.getpid(), 9)"])
print(len(os.listdir({str(tmp_path)!r})), metrics.exposition(None).decode())
"""
    environment = {**os.environ, SHARED_FOLDER: str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    n_files, _, text = done.stdout.partition(" ")
    found = samples(text)
    assert int(n_files) > len(list(tmp_path.iterdir()))  # the gauges of the other process are gone
    assert found["khabar_requests_running", ""] == 2
    assert found["khabar_snapshot_swaps_total", ""] == 1  # what it has counted still counts


def test_each_process_tells_of_the_version_that_it_serves(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARED_FOLDER, str(tmp_path))  # as if other processes had written there, or would
    first, second = Metrics(), Metrics()
    later = replace(snapshot.manifest, version="v2")
    old = samples(first.exposition(snapshot, max_age_h=1).decode())
    new = samples(second.exposition(cast("Snapshot", SimpleNamespace(manifest=later))).decode())
    again = samples(first.exposition(cast("Snapshot", SimpleNamespace(manifest=later))).decode())
    versions = [{labels for name, labels in found if name == "khabar_snapshot"} for found in (old, new, again)]
    assert versions == [{f"encoder=fakefakefakefake,version={version}"} for version in ("v1", "v2", "v2")]
    assert [found["khabar_snapshot_stale", ""] for found in (old, new, again)] == [1, 0, 0]


def test_labels_are_bounded_whatever_is_asked(client: TestClient) -> None:
    for path in ("/v1/articles/en-moon", "/v1/articles/nobody", "/v1/articles/x/y", "/nowhere", "/nowhere/else"):
        client.get(path)
    client.get("/v1/search")
    found = scraped(client)
    responses = {labels: value for (name, labels), value in found.items() if name == "khabar_responses_total"}
    assert responses == {
        "route=/v1/articles/{article_id:path},status=200": 1,
        "route=/v1/articles/{article_id:path},status=404": 2,
        "route=other,status=404": 2,
        "route=/v1/search,status=422": 1,
    }


def test_snapshot_is_named_with_its_age(client: TestClient) -> None:
    found = scraped(client)
    assert found["khabar_snapshot", "encoder=fakefakefakefake,version=v1"] == 1
    built = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)  # as the fake store says
    age_s = (datetime.now(UTC) - built).total_seconds()
    assert found["khabar_snapshot_age_seconds", ""] == pytest.approx(age_s, abs=60)
    assert found["khabar_requests_running", ""] == found["khabar_requests_waiting", ""] == 0


def test_cache_can_be_switched_off(fake_store: Path) -> None:
    settings = Settings(store=fake_store, query_cache=0)
    with TestClient(create_app(settings)) as running:
        assert running.get("/v1/search", params={"q": "canal"}).status_code == 200
        assert scraped(running)["khabar_query_cache_misses_total", ""] == 0


def test_server_timing_names_every_stage(client: TestClient) -> None:
    response = client.get("/v1/search", params={"q": "canal"})
    entries = dict(entry.split(";dur=") for entry in response.headers["server-timing"].split(", "))
    assert set(entries) == {"encode", "search", "fetch", "total", "serialise"}
    assert float(entries["total"]) == pytest.approx(response.json()["timing_ms"]["total"], abs=0.001)


def test_requests_beyond_the_limit_are_refused_at_once_and_the_others_answered() -> None:
    metrics, release = Metrics(), threading.Event()

    async def crowd() -> list[object]:
        with ThreadPoolExecutor(1) as pool:
            work = Admission(pool, threads=1, max_waiting=2, max_wait_s=60, metrics=metrics)
            asked = [asyncio.create_task(work.run(present, release.wait)) for _ in range(5)]
            done, pending = await asyncio.wait(asked, timeout=0.2)
            assert (len(done), len(pending)) == (2, 3)  # one runs, two wait
            during = samples(metrics.exposition(None).decode())
            assert during["khabar_requests_running", ""] == 1
            assert during["khabar_requests_waiting", ""] == 2
            release.set()
            results = await asyncio.gather(*asked, return_exceptions=True)
            assert await work.run(present, lambda: "later") == "later"
            return list(results)

    results = asyncio.run(crowd())
    assert results[:3] == [True] * 3
    for refused in results[3:]:
        assert isinstance(refused, HTTPException)
        assert refused.status_code == 503
        assert refused.headers == {"Retry-After": "1"}
    after = samples(metrics.exposition(None).decode())
    assert after["khabar_refused_total", ""] == 2
    assert after["khabar_requests_running", ""] == after["khabar_requests_waiting", ""] == 0


def admission(pool: ThreadPoolExecutor, max_wait_s: float) -> Admission:
    return Admission(pool, threads=1, max_waiting=1_000, max_wait_s=max_wait_s, metrics=Metrics())


def present() -> bool:
    return False


def test_dear_requests_fill_the_queue_sooner_than_cheap_ones() -> None:
    async def admitted(price: float) -> int:
        """Return how many requests of a price are taken on, when a thousand units of price take 50 ms."""
        with ThreadPoolExecutor(1) as pool:
            work = admission(pool, max_wait_s=0.49)
            work._lately_s, work._lately_price = 1.0, 20_000.0
            release = threading.Event()
            asked = [asyncio.create_task(work.run_priced(price, present, release.wait)) for _ in range(100)]
            done, pending = await asyncio.wait(asked, timeout=0.1)
            assert all(isinstance(task.exception(), HTTPException) for task in done)
            release.set()
            await asyncio.gather(*asked, return_exceptions=True)
            return len(pending)

    cheap, dear = asyncio.run(admitted(400)), asyncio.run(admitted(4_000))
    assert cheap == 25  # of 20 ms each: the last one is admitted while 0.48 s wait
    assert dear == 3  # of 200 ms each


def test_work_that_has_begun_goes_on_however_much_waits() -> None:
    async def go_on() -> None:
        with ThreadPoolExecutor(1) as pool:
            metrics, release = Metrics(), threading.Event()
            work = Admission(pool, threads=1, max_waiting=0, max_wait_s=0.01, metrics=metrics)
            first = asyncio.create_task(work.run(present, release.wait))
            parts = [asyncio.create_task(work.run_begun(100.0, release.wait)) for _ in range(3)]
            await asyncio.sleep(0.1)
            assert not any(task.done() for task in (first, *parts))
            during = samples(metrics.exposition(None).decode())
            assert during["khabar_requests_waiting", ""] == 3
            with pytest.raises(HTTPException):  # who comes now is told that it is full
                await work.run(present, release.wait)
            release.set()
            assert await asyncio.gather(first, *parts) == [True] * 4
            after = samples(metrics.exposition(None).decode())
            assert after["khabar_requests_running", ""] == after["khabar_requests_waiting", ""] == 0
            assert await work.run(present, lambda: "later") == "later"

    asyncio.run(go_on())


def test_a_request_that_waits_too_long_is_refused_whatever_was_estimated() -> None:
    async def wait() -> Sequence[object]:
        with ThreadPoolExecutor(1) as pool:
            work, release = admission(pool, max_wait_s=0.2), threading.Event()
            first = asyncio.create_task(work.run(present, release.wait))
            others = [asyncio.create_task(work.run(present, release.wait)) for _ in range(2)]
            refused = await asyncio.gather(*others, return_exceptions=True)  # one has a thread to come, one has a slot
            release.set()
            assert await first
            assert await work.run(present, lambda: "later") == "later"  # nothing is held by the one that was refused
            return refused

    for refused in asyncio.run(wait()):
        assert isinstance(refused, HTTPException)
        assert refused.status_code == 503


def test_a_request_that_fails_after_it_has_waited_gives_its_slot_back() -> None:
    def broken() -> bool:
        raise ConnectionError

    async def fail_and_go_on() -> str:
        with ThreadPoolExecutor(1) as pool:
            work, release = admission(pool, max_wait_s=5), threading.Event()
            taken = [asyncio.create_task(work.run(present, release.wait)) for _ in range(2)]
            failing = [asyncio.create_task(work.run(broken, str)) for _ in range(2)]
            await asyncio.sleep(0.05)
            release.set()
            await asyncio.gather(*taken)
            failed = await asyncio.gather(*failing, return_exceptions=True)
            assert [type(error) for error in failed] == [ConnectionError, ConnectionError]
            return await work.run(present, lambda: "later")

    assert asyncio.run(fail_and_go_on()) == "later"


def test_work_of_a_client_that_has_gone_is_not_done() -> None:
    done: list[str] = []

    def gone() -> bool:
        return True

    async def leave() -> object:
        with ThreadPoolExecutor(1) as pool:
            work, release = admission(pool, max_wait_s=60), threading.Event()
            first = asyncio.create_task(work.run(present, release.wait))
            ready = asyncio.create_task(work.run_priced(1, present, done.append, "ready"))
            left = asyncio.create_task(work.run_priced(1, gone, done.append, "left"))
            stayed = asyncio.create_task(work.run_priced(1, present, done.append, "stayed"))
            await asyncio.sleep(0.05)
            release.set()
            await asyncio.gather(first, ready, stayed)
            return (await asyncio.gather(left, return_exceptions=True))[0]

    assert isinstance(asyncio.run(leave()), HTTPException)
    assert done == ["ready", "stayed"]
