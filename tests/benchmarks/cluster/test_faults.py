"""What is planned, compared and counted while things fail; no cluster is needed for that."""

import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cluster.clients import Answer, Clients
from benchmarks.cluster.embedding import compare_vectors, plan_faults
from benchmarks.cluster.faults import summarise
from benchmarks.cluster.nodes import Nodes, processes_titled
from benchmarks.cluster.records import FaultKind
from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.server import free_port
from tests.service_process import fake_service


def test_faults_of_all_kinds_come_at_random_moments_that_are_the_same_each_time() -> None:
    plan = plan_faults(40_000, 20)
    assert plan == plan_faults(40_000, 20)
    moments = [at for at, _ in plan]
    assert moments == sorted(set(moments))
    assert 0 <= moments[0] < 10_000 < 30_000 < moments[-1] < 40_000
    assert sorted(Counter(kind for _, kind in plan).values()) == [6, 7, 7]
    assert {kind for _, kind in plan} == set(FaultKind)


def test_vectors_are_compared_bit_by_bit() -> None:
    one, other = np.eye(2, dtype=np.float32)
    almost = np.nextafter(one, np.float32(2))
    assert compare_vectors({b"a": one, b"b": other}, {b"b": other, b"a": one}) == (0, 1.0)
    differing, cosine = compare_vectors({b"a": one, b"b": other}, {b"a": almost, b"b": one})
    assert (differing, cosine) == (2, 0.0)
    with pytest.raises(BenchmarkError, match="1 texts have a vector in one of two stores only"):
        compare_vectors({b"a": one, b"b": other}, {b"a": one})


def answer(at_s: float, latency_ms: float = 5.2, status: int = 200, *, complete: bool = True, hit: str = "x") -> Answer:
    return Answer("canal", at_s, latency_ms, status, complete, "v1", (hit,))


def test_answers_of_a_phase_are_counted_by_what_is_wrong_with_them() -> None:
    answers = [
        answer(10.0),
        answer(11.0, status=503),
        answer(12.0, 1_000.4, status=0),
        answer(13.0, complete=False, hit="other"),
        answer(14.0, hit="other"),
        answer(15.0, 5.4),
    ]
    phase = summarise("cut", 2, answers, lambda one: one.ids == ("x",), started_s=9.5)
    assert (phase.requests, phase.failed, phase.incomplete, phase.wrong) == (6, 2, 1, 1)
    assert phase.whole_after_s == 4.5
    assert phase.latencies_ms == {5: 5, 1_000: 1}
    assert summarise("nothing", 2, answers[:1], lambda _: True, started_s=9.5).whole_after_s == 0


@pytest.mark.slow
def test_clients_keep_what_a_service_answers(fake_store: Path) -> None:
    port = free_port()
    clients = Clients(f"http://127.0.0.1:{port}", ["canal", "moon"])
    assert clients.ask("canal").status == 0
    with fake_service(fake_store, "--port", str(port)):
        until = time.monotonic() + 30
        while not clients.ask("canal").is_whole:
            assert time.monotonic() < until
            time.sleep(0.1)
        with clients.asking():
            while not clients.were_whole() or len(clients.answers) < 20:
                time.sleep(0.1)
    last = clients.answers[-1]
    assert {one.text for one in clients.answers} == {"canal", "moon"}
    assert last.version
    assert last.ids
    assert last.latency_ms > 0


def test_processes_are_found_by_the_beginning_of_their_command_line() -> None:
    own = Path("/proc/self/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    assert os.getpid() in [process.pid for process in processes_titled(own[:40])]
    assert not processes_titled("no such command line")


def test_nodes_that_cannot_be_made_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchmarkError, match="install iproute2"):
        Nodes(1)
    fake = tmp_path / "ip"
    fake.write_text("#!/bin/sh\necho not permitted >&2\nexit 2\n", encoding="utf-8")
    fake.chmod(0o755)
    with pytest.raises(BenchmarkError, match="not permitted; this needs root"):
        Nodes(1)
