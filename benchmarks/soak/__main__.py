"""`python -m benchmarks.soak`: `measure` kills builds, damages files and swaps versions; `report` computes again."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.harness.benchmark import RUN, Benchmark, Out, reporter
from benchmarks.harness.options import Queries, QueryLimit
from benchmarks.harness.records import read_json
from benchmarks.load.workload import read_workload
from benchmarks.soak.commands import build_store
from benchmarks.soak.damage import Damage, damage_files
from benchmarks.soak.figures import compute
from benchmarks.soak.kills import Kill, kill_builds
from benchmarks.soak.records import Records
from benchmarks.soak.report import write_report
from benchmarks.soak.swaps import SwapRun, swaps_under_load
from indexer.snapshot.layout import StoreLayout
from indexer.store.versions import list_versions

_ALL_PARTS = "kills,damage,swaps"

BENCHMARK = Benchmark("soak", "Kills, damage and swaps on purpose.", "records.json.gz", Records, compute, write_report)
app = BENCHMARK.command_line()


@app.command()
def measure(
    articles: Annotated[Path, typer.Option(help="Articles to build from, JSON Lines; a small corpus.")],
    store: Annotated[Path, typer.Option(help="A store with two versions or more, to serve; as large as yours.")],
    queries: Queries,
    out: Out = BENCHMARK.folder,
    n_kills: Annotated[int, typer.Option("--kills", min=1, help="Builds to kill.")] = 60,
    n_publishing: Annotated[
        int, typer.Option("--publishing-kills", min=0, help="How many of them to kill while they publish.")
    ] = 12,
    n_swaps: Annotated[int, typer.Option("--swaps", min=1, help="Versions to swap.")] = 20,
    n_requests: Annotated[int, typer.Option("--requests", min=1, help="Least number of requests.")] = 10_000,
    clients: Annotated[int, typer.Option(min=1, help="Concurrent clients.")] = 4,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
    limit: QueryLimit = 200,
    parts: Annotated[
        str, typer.Option(help="Parts to run; other parts keep the records of the last run.")
    ] = _ALL_PARTS,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after the kills of the last run.")] = False,
) -> None:
    """Kill builds, damage files and swap versions under load; write records, figures and report."""
    chosen = parts.split(",")
    if not set(chosen) <= set(_ALL_PARTS.split(",")):
        raise typer.BadParameter(f"{parts} are not parts of {_ALL_PARTS}", param_hint="--parts")
    is_whole = parts == _ALL_PARTS and not resume
    records = Records([], [], SwapRun(clients, [], [])) if is_whole else BENCHMARK.read_records(out)
    earlier = {} if is_whole else {"earlier": read_json(out / RUN)}
    say = reporter().print_line
    texts = [query.text for query in read_workload(queries, limit)]
    first, second = list_versions(StoreLayout(store))[-2:]
    with tempfile.TemporaryDirectory(prefix="khabar-soak-") as folder:
        if "kills" in chosen:
            done = records.kills if resume else []
            for kills in _kills(articles, Path(folder), done, n_kills, n_publishing, say):
                records = replace(records, kills=kills)
                BENCHMARK.write_records(out, records)
        if "damage" in chosen:
            records = replace(records, damages=_damages(articles, Path(folder), say))
    if "swaps" in chosen:
        say("swapping versions under load")
        swaps = swaps_under_load(
            store,
            (first, second),
            texts,
            n_swaps=n_swaps,
            n_requests=n_requests,
            clients=clients,
            workers=workers,
        )
        records = replace(records, swaps=swaps)
    BENCHMARK.finish(out, records, BENCHMARK.description() | earlier)


def _kills(
    articles: Path, scratch: Path, done: Sequence[Kill], n: int, n_publishing: int, say: Callable[[str], None]
) -> Iterator[list[Kill]]:
    """Yield all kills after each one, those that are `done` first, until there are `n`."""
    kills = list(done)
    n_publishing = max(n_publishing - sum(kill.publishing for kill in done), 0)
    for kill in kill_builds(articles, scratch / "store", scratch, n - len(done), n_publishing, seed=len(done)):
        kills.append(kill)
        say(
            f"{len(kills)} of {n}: killed after {kill.after_s:.1f} s ({kill.told}): "
            f"{'nothing lost' if kill.nothing_lost else kill}"
        )
        yield kills


def _damages(articles: Path, scratch: Path, say: Callable[[str], None]) -> list[Damage]:
    build_store(scratch / "store", articles)
    damages = []
    for damage in damage_files(scratch / "store", articles):
        damages.append(damage)
        say(f"{damage.file} {damage.how}: {'noticed' if damage.noticed else 'NOT NOTICED'}")
    return damages


if __name__ == "__main__":
    BENCHMARK.run(app)
