"""`python -m benchmarks.cluster`: `build` makes stores, `measure` compares divided ones with one in one piece."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cluster.compare import compare
from benchmarks.cluster.figures import compute
from benchmarks.cluster.records import ClusterLevel, Records
from benchmarks.cluster.report import write_report
from benchmarks.cluster.run import LoadPlan, measure_pair
from benchmarks.cluster.stores import build_stores
from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.options import LevelSeconds, Queries, QueryLimit, whole_numbers
from benchmarks.load.closed_loop import check_wrk
from benchmarks.load.workload import read_workload
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest

BENCHMARK = Benchmark(
    "cluster",
    "Whether shards give the answers of one piece, and what asking them over Ray costs.",
    "records.json.gz",
    Records,
    compute,
    write_report,
)
app = BENCHMARK.command_line()


@app.command("build")
def build_all(
    sources: Annotated[list[Path], typer.Option(help="Articles; may be given several times.")],
    store: Annotated[Path, typer.Option(help="Folder for the stores that are built; missing or empty.")],
    paragraphs: Annotated[int, typer.Option(min=100, help="Paragraphs of each store.")] = 100_000,
    shards: Annotated[str, typer.Option(help="Numbers of shards, comma-separated.")] = "1,2,4,8",
    exact: Annotated[bool, typer.Option(help="Whether all indexes are exact; else a build chooses.")] = True,
    versions: Annotated[int, typer.Option(min=1, help="Versions of each divided store; swaps need two.")] = 2,
    model: Annotated[str | None, typer.Option(help="As for `khabar index build`.")] = None,
) -> None:
    """Build the stores that `measure` compares; most of their vectors are synthetic."""
    if store.exists() and any(store.iterdir()):
        raise typer.BadParameter(f"{store} is not empty", param_hint="--store")
    build_stores(sources, paragraphs, whole_numbers(shards), store, exact=exact, versions=versions, model=model)


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store in one piece.")],
    divided: Annotated[list[Path], typer.Option(help="The same articles, built with --shards; once for each number.")],
    queries: Queries,
    out: Out = BENCHMARK.folder,
    searches: Annotated[int, typer.Option(min=0, help="Searches whose answers are compared.")] = 2_000,
    replicas: Annotated[int, typer.Option(min=1, help="Replicas of each shard under load.")] = 1,
    clients: Annotated[str, typer.Option(help="Clients of the levels, comma-separated.")] = "1,16",
    rounds: Annotated[int, typer.Option(min=0, help="Rounds of load on each pair; 0 compares answers only.")] = 3,
    seconds: LevelSeconds = 10.0,
    limit: QueryLimit = 500,
) -> None:
    """Compare answers, and load one process and shards over Ray in turns; write records, figures and report."""
    if rounds:
        check_wrk()
    say = reporter()
    texts = [query.text for query in read_workload(queries, limit)]
    plan = LoadPlan(whole_numbers(clients), rounds, seconds)
    comparisons, levels = [], list[ClusterLevel]()
    for each in divided if searches else ():
        comparisons.append(compare(store, each, texts, searches))
        n_equal = sum(pair.is_equal for pair in comparisons[-1].pairs)
        say.print_line(f"{comparisons[-1].shards} shards: {n_equal:,} of {searches:,} answers are equal")
    for each in divided if rounds else ():
        levels += measure_pair(store, each, replicas, texts, plan, say)
    BENCHMARK.finish(out, Records(current_manifest(StoreLayout(store)).counts.paragraphs, comparisons, levels))


if __name__ == "__main__":
    BENCHMARK.run(app)
