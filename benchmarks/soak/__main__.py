"""`python -m benchmarks.soak`: `measure` kills builds, damages files and swaps versions; `report` computes again."""

import tempfile
from collections.abc import Callable, Sequence
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
from benchmarks.soak.swaps import swaps_under_load
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
) -> None:
    """Kill builds, damage files and swap versions under load; write records, figures and report."""
    chosen = parts.split(",")
    if not set(chosen) <= set(_ALL_PARTS.split(",")):
        raise typer.BadParameter(f"{parts} are not parts of {_ALL_PARTS}", param_hint="--parts")
    last = None if parts == _ALL_PARTS else BENCHMARK.read_records(out)
    say = reporter().print_line
    texts = [query.text for query in read_workload(queries, limit)]
    first, second = list_versions(StoreLayout(store))[-2:]
    with tempfile.TemporaryDirectory(prefix="khabar-soak-") as folder:
        if last is None or "kills" in chosen:
            kills = _kills(articles, Path(folder), n_kills, n_publishing, say)
        else:
            kills = last.kills
        damages = _damages(articles, Path(folder), say) if last is None or "damage" in chosen else last.damages
    if last is None or "swaps" in chosen:
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
    else:
        swaps = last.swaps
    earlier = {"earlier": read_json(out / RUN)} if last else {}
    BENCHMARK.finish(out, Records(list(kills), list(damages), swaps), BENCHMARK.description() | earlier)


def _kills(articles: Path, scratch: Path, n: int, n_publishing: int, say: Callable[[str], None]) -> Sequence[Kill]:
    kills = []
    for kill in kill_builds(articles, scratch / "store", scratch, n, n_publishing):
        kills.append(kill)
        say(f"killed after {kill.after_s:.1f} s ({kill.told}): {'nothing lost' if kill.nothing_lost else kill}")
    return kills


def _damages(articles: Path, scratch: Path, say: Callable[[str], None]) -> Sequence[Damage]:
    build_store(scratch / "store", articles)
    damages = []
    for damage in damage_files(scratch / "store", articles):
        damages.append(damage)
        say(f"{damage.file} {damage.how}: {'noticed' if damage.noticed else 'NOT NOTICED'}")
    return damages


if __name__ == "__main__":
    BENCHMARK.run(app)
