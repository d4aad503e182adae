"""`python -m benchmarks.hostile`: `measure` sends hostile load to a real service; `report` computes again."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from benchmarks.harness.benchmark import RUN, Benchmark, Out, reporter
from benchmarks.harness.child_process import ChildProcess
from benchmarks.harness.options import LevelSeconds, Queries, QueryLimit
from benchmarks.harness.records import read_json
from benchmarks.hostile.corpus import hostile_requests
from benchmarks.hostile.deep import page_pairs
from benchmarks.hostile.exchange import exchange
from benchmarks.hostile.figures import MARGIN_S, compute
from benchmarks.hostile.overload import overload
from benchmarks.hostile.prober import probing
from benchmarks.hostile.random_requests import RandomSlice, send_random
from benchmarks.hostile.records import RandomRun, Records, RequestsRun
from benchmarks.hostile.report import write_report
from benchmarks.hostile.servers import Checkouts, Turns, compare_servers
from benchmarks.hostile.silent import SilentRound, silent_round
from benchmarks.load.closed_loop import check_wrk
from benchmarks.load.server import Server, khabar_server
from benchmarks.load.workload import read_workload, search_path

_PARTS = ("requests", "silent", "random", "overload", "deep", "servers")
_ALL_PARTS = ",".join(_PARTS)
_WITH_CACHE = ("requests", "random")

_SLICES, _WARM_UP_SLICES = 20, 2
_QUIET_S = 3.0
_WARM_UP_S = 3.0

Say = Callable[[str], None]

BENCHMARK = Benchmark(
    "hostile",
    "Hostile requests, silent connections, random requests, overload and deep pages.",
    "records.json.gz",
    Records,
    compute,
    write_report,
)
app = BENCHMARK.command_line()


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything a run has."""

    connections: int
    rounds: int
    n_requests: int
    clients: int
    seconds: float
    seed: int


def _checkout(path: Path | None) -> Path | None:
    """Return the folder of a checkout; from any other, this checkout would be compared with itself."""
    if path is not None and not (path / "search_api" / "__main__.py").is_file():
        raise typer.BadParameter(f"{path} is not a checkout of khabar: git worktree add {path} REVISION")
    return path


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve; as large as yours.")],
    queries: Queries,
    out: Out = BENCHMARK.folder,
    parts: Annotated[
        str, typer.Option(help="Parts to run; other parts keep the records of the last run.")
    ] = _ALL_PARTS,
    connections: Annotated[int, typer.Option(min=1, help="Silent connections.")] = 2_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of silent connections and of servers.")] = 3,
    starts: Annotated[
        int, typer.Option(min=1, help="How often the servers are started anew; each time for all rounds.")
    ] = 1,
    n_requests: Annotated[int, typer.Option("--requests", min=_SLICES, help="Random requests.")] = 1_000_000,
    clients: Annotated[int, typer.Option(min=1, help="Connections that send random requests.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random requests.")] = 20260105,
    seconds: LevelSeconds = 30.0,
    baseline: Annotated[
        Path | None,
        typer.Option(help="A checkout of an earlier revision, to compare in the part servers.", callback=_checkout),
    ] = None,
    baseline_store: Annotated[
        Path | None, typer.Option(help="The store of the earlier revision, if it cannot read the other one.")
    ] = None,
    revision: Annotated[
        Path | None,
        typer.Option(help="A checkout that takes the place of this one in the part servers.", callback=_checkout),
    ] = None,
    mode: Annotated[
        str | None, typer.Option(help="Search mode in the part servers; the earlier revision is not told.")
    ] = None,
    others: Annotated[bool, typer.Option(help="Compare other HTTP servers too, in the part servers.")] = True,
    cache: Annotated[bool, typer.Option(help="Use the query cache of the service in the part servers.")] = False,
    limit: QueryLimit = 500,
) -> None:
    """Send hostile load to `khabar serve`; write records, figures and report."""
    chosen = parts.split(",")
    if not set(chosen) <= set(_PARTS):
        raise typer.BadParameter(f"{parts} are not parts of {_ALL_PARTS}", param_hint="--parts")
    if {"silent", "overload", "servers"} & set(chosen):
        check_wrk()
    texts = [query.text for query in read_workload(queries, limit)]
    sizes = Sizes(connections, rounds, n_requests, clients, seconds, seed)
    is_whole = set(chosen) == set(_PARTS) or not (out / BENCHMARK.records_file).exists()
    records = Records() if is_whole else BENCHMARK.read_records(out)
    description = BENCHMARK.description() | ({} if is_whole else {"earlier": read_json(out / RUN)})
    say = reporter().print_line
    for part in chosen:
        say(f"{part}: starting the service")
        if part == "servers":
            paths = [search_path(text) for text in texts]
            turns, checkouts = Turns(starts, rounds, seconds), Checkouts(baseline, baseline_store, revision)
            loads = compare_servers(store, paths, turns, checkouts, mode=mode, others=others, cache=cache)
            records = replace(records, servers=loads)
        else:
            with _service(store, cache=part in _WITH_CACHE) as server:
                records = _with_part(part, records, server, texts, sizes, say)
        BENCHMARK.write_records(out, records)
    BENCHMARK.finish(out, records, description)


def _with_part(part: str, records: Records, server: Server, texts: Sequence[str], sizes: Sizes, say: Say) -> Records:
    if part == "requests":
        return replace(records, requests=_requests(server, say))
    if part == "silent":
        return replace(records, silent=_silent(server, texts, sizes, say))
    if part == "random":
        return replace(records, random=_random(server, texts, sizes, say))
    if part == "overload":
        return replace(records, overload=overload(server.url, seconds=sizes.seconds))
    return replace(records, deep=page_pairs(_address(server), texts))


def _requests(server: Server, say: Say) -> RequestsRun:
    address, requests, exchanges = _address(server), hostile_requests(), []
    with probing(address) as probes:
        quiet_from = time.perf_counter()
        time.sleep(_QUIET_S)
        quiet_to = time.perf_counter()
        for number, request in enumerate(requests, start=1):
            exchanges.append(exchange(address, request))
            time.sleep(2 * MARGIN_S)  # what this request still costs must not count for the next one
            say(f"request {number} of {len(requests)}: {request.name}")
    return RequestsRun(quiet_from, quiet_to, exchanges, probes)


def _silent(server: Server, texts: Sequence[str], sizes: Sizes, say: Say) -> list[SilentRound]:
    paths = [search_path(text) for text in texts]
    rounds = []
    for number in range(1, sizes.rounds + 1):
        rounds.append(
            silent_round(server.url, _address(server), paths, connections=sizes.connections, seconds=sizes.seconds)
        )
        say(f"round {number} of {sizes.rounds}: {rounds[-1].held:,.0f} silent connections")
    return rounds


def _random(server: Server, texts: Sequence[str], sizes: Sizes, say: Say) -> RandomRun:
    slices = []
    for number in range(_SLICES):
        seed, n = sizes.seed + number, sizes.n_requests // _SLICES
        sent = ChildProcess().run(send_random, _address(server), texts, n=n, clients=sizes.clients, seed=seed)
        usage = server.usage()
        memory = 0 if usage is None else usage.rss_bytes
        slices.append(RandomSlice(seed, sent.kinds, sent.answers, sent.duration_s, memory))
        say(f"{(number + 1) * n:,} random requests, {memory / 2**20:,.0f} MiB")
    return RandomRun(_WARM_UP_SLICES, slices)


@contextmanager
def _service(store: Path, *, cache: bool) -> Iterator[Server]:
    """Run the service with or without its cache of queries, which hides what queries cost, and which needs memory."""
    with (
        tempfile.TemporaryDirectory(prefix="khabar-hostile-") as logs,
        khabar_server(store, workers=1, cache=cache, log=Path(logs, "server.log")) as server,
    ):
        time.sleep(_WARM_UP_S)  # readiness is reported before the last work of the start is done
        yield server


def _address(server: Server) -> tuple[str, int]:
    parts = urlsplit(server.url)
    return parts.hostname or "", parts.port or 0


if __name__ == "__main__":
    BENCHMARK.run(app)
