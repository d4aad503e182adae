"""A service whose shards are on a Ray cluster, asked without a break while replicas, nodes and networks fail."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.cluster.clients import Answer, Clients
from benchmarks.cluster.nodes import Nodes, processes_titled
from benchmarks.cluster.records import Phase
from benchmarks.harness.build_process import run_build
from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.server import khabar_server
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.store.publish import publish
from indexer.store.staging import build_lock
from indexer.store.takedown import record_takedowns
from indexer.store.versions import list_versions

_N_NODES = 2
_N_SHARDS = 2
_N_SWAPS = 10
_QUIET_S = 10.0
_CUT_S = 15.0
_LONG_CUT_S = 60.0
"""Ray gives a node up that has not been heard of for some 30 s."""

_SHOWN_WITHIN_S = 60.0
_WHOLE_WITHIN_S = 180.0
_TAKEN_DOWN_WITHIN_S = 10.0
_DEADLINE_S = 2.0
_REPLICA = "ray::ServeReplica:khabar:shard-"

Expected = Mapping[tuple[str, str], tuple[str, ...]]
"""The articles that answer a query, by version and text."""


def measure_faults(articles: Path, texts: Sequence[str], replicas: int, reporter: Reporter) -> list[Phase]:
    """Serve two versions of some articles in shards on nodes of this machine, and let one thing after the other fail.

    Raises:
        BenchmarkError: nodes or service do not start, or the service does not show a version in a minute.
    """
    with tempfile.TemporaryDirectory(prefix="khabar-faults-") as name:
        folder = Path(name)
        store = folder / "store"
        build_versions(articles, store, folder)
        with closing(Nodes(_N_NODES)) as nodes:
            settings = nodes.environment | {
                "KHABAR_ENGINE": "ray",
                "KHABAR_RAY_ADDRESS": nodes.address,
                "KHABAR_SHARD_REPLICAS": str(replicas),
                "KHABAR_SHARD_DEADLINE_S": str(_DEADLINE_S),
            }
            log = folder / "server.log"
            with khabar_server(store, workers=1, cache=False, log=log, environment=settings) as server:
                return list(_FaultRun(StoreLayout(store), nodes, server.url, texts, replicas, reporter).phases())


def build_versions(articles: Path, store: Path, scratch: Path) -> None:
    """Build a version in shards of all articles but every third one, and one of all."""
    lines = articles.read_text(encoding="utf-8").splitlines()
    for name, chosen in (("some", [line for n, line in enumerate(lines) if n % 3]), ("all", lines)):
        path = scratch / f"{name}.jsonl"
        path.write_text("\n".join(chosen) + "\n", encoding="utf-8")
        run_build(path, store, None, ("--shards", str(_N_SHARDS)))


class _FaultRun:
    """All phases of one run, each of which begins when the service is whole again."""

    def __init__(
        self, store: StoreLayout, nodes: Nodes, url: str, texts: Sequence[str], replicas: int, reporter: Reporter
    ) -> None:
        self._store, self._nodes, self._url, self._texts = store, nodes, url, texts
        self._replicas, self._reporter = replicas, reporter
        self._takedown_at = 0.0
        self._clients = Clients(url, texts)

    def phases(self) -> Iterator[Phase]:
        names = list_versions(self._store)
        expected: dict[tuple[str, str], tuple[str, ...]] = {}
        for version in names:
            self._show(version)
            expected |= {(version, text): self._clients.ask(text).ids for text in self._texts}
        with self._clients.asking():
            for name, happen in {
                "nothing": lambda: time.sleep(_QUIET_S),
                "every replica killed, one after the other": self._kill_replicas,
                "each node stopped and started again, one after the other": self._update_nodes,
                "a node killed, and back after 15 s": self._kill_node,
                "a node cut off for 15 s": lambda: self._cut_node(_CUT_S),
                "a node cut off for 60 s, and started again": lambda: self._cut_node(_LONG_CUT_S),
                f"{_N_SWAPS} versions published": lambda: self._swap(names),
            }.items():
                yield self._phase(name, happen, lambda answer: expected[answer.version, answer.text] == answer.ids)
            taken_down = _most_frequent(expected)

            def is_right(answer: Answer) -> bool:
                return answer.at_s < self._takedown_at + _TAKEN_DOWN_WITHIN_S or taken_down not in answer.ids

            yield self._phase("an article taken down, a node cut off", lambda: self._take_down(taken_down), is_right)

    def _phase(self, name: str, happen: Callable[[], None], is_right: Callable[[Answer], bool]) -> Phase:
        self._wait_until_whole()
        self._leave_the_head()
        first, started = len(self._clients.answers), time.monotonic()
        happen()
        self._wait_until_whole()
        phase = summarise(name, self._replicas, self._clients.answers[first:], is_right, started)
        self._reporter.print_line(
            f"{name}: {phase.requests:,} requests, {phase.failed} failed, {phase.incomplete} incomplete, "
            f"{phase.wrong} wrong"
        )
        return phase

    def _wait_until_whole(self) -> None:
        """Wait until all replicas are there again, and answers have been whole for a second."""
        until = time.monotonic() + _WHOLE_WITHIN_S
        while len(processes_titled(_REPLICA)) < _N_SHARDS * self._replicas or not self._clients.were_whole():
            if time.monotonic() > until:
                raise BenchmarkError(f"the service was not whole again in {_WHOLE_WITHIN_S:g} s")
            time.sleep(0.2)

    def _leave_the_head(self) -> None:
        """Kill all replicas until Serve has put one on a node that can fail; it may put all of them on the head."""
        while not self._n_replicas(self._busiest_node()):
            for replica in processes_titled(_REPLICA):
                replica.kill()
                replica.wait()
            self._wait_until_whole()

    def _kill_replicas(self) -> None:
        for replica in processes_titled(_REPLICA):
            replica.kill()
            replica.wait()
            self._wait_until_whole()

    def _update_nodes(self) -> None:
        """Do what installs another release of khabar on all nodes without a break."""
        for node in range(1, _N_NODES + 1):
            self._nodes.stop(node)
            self._nodes.start(node)
            self._wait_until_whole()
            time.sleep(_QUIET_S)  # a replica is there some time before it answers

    def _kill_node(self) -> None:
        node = self._busiest_node()
        self._nodes.kill(node)
        time.sleep(_CUT_S)
        self._nodes.start(node)

    def _cut_node(self, seconds: float) -> None:
        node = self._busiest_node()
        self._nodes.cut(node)
        time.sleep(seconds)
        self._nodes.join(node)
        time.sleep(_QUIET_S)
        self._nodes.restart_if_ended(node)

    def _swap(self, names: Sequence[str]) -> None:
        for number in range(_N_SWAPS):
            self._show(names[number % len(names)])
            time.sleep(2.0)

    def _take_down(self, article_id: str) -> None:
        node = self._busiest_node()
        self._nodes.cut(node)
        record_takedowns(self._store, [article_id], "takedown", "a benchmark")
        self._takedown_at = time.monotonic()
        time.sleep(_TAKEN_DOWN_WITHIN_S + _QUIET_S)
        self._nodes.join(node)
        time.sleep(_QUIET_S)
        self._nodes.restart_if_ended(node)

    def _busiest_node(self) -> int:
        """Return the node that has the most replicas."""
        return max(range(1, _N_NODES + 1), key=self._n_replicas)

    def _n_replicas(self, node: int) -> int:
        return len(self._nodes.processes(node, _REPLICA))

    def _show(self, version: str) -> None:
        """Publish a version, and wait until the service answers from it."""
        with build_lock(self._store):
            publish(self._store, version)
        until = time.monotonic() + _SHOWN_WITHIN_S
        while self._clients.ask(self._texts[0]).version != version:
            if time.monotonic() > until:
                raise BenchmarkError(f"the service does not show version {version}")
            time.sleep(0.1)


def summarise(
    name: str, replicas: int, answers: Sequence[Answer], is_right: Callable[[Answer], bool], started_s: float
) -> Phase:
    """Count the answers of a phase that began at a time of the same clock as theirs."""
    failed = [answer for answer in answers if not answer.is_ok]
    incomplete = [answer for answer in answers if answer.is_ok and not answer.is_complete]
    wrong = [answer for answer in answers if answer.is_whole and not is_right(answer)]
    last_fault_s = max((answer.at_s for answer in [*failed, *incomplete, *wrong]), default=started_s)
    return Phase(
        name,
        replicas,
        len(answers),
        len(failed),
        len(incomplete),
        len(wrong),
        round(last_fault_s - started_s, 1),
        dict(sorted(Counter(round(answer.latency_ms) for answer in answers).items())),
    )


def _most_frequent(expected: Expected) -> str:
    """Return the article that answers the most queries."""
    (article_id, _), *_others = Counter(one for ids in expected.values() for one in ids).most_common()
    return str(article_id)
