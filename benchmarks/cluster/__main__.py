"""`python -m benchmarks.cluster`: what shards and embedding on a Ray cluster cost, and what they withstand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cluster.compare import compare
from benchmarks.cluster.embedding import embed_under_faults
from benchmarks.cluster.faults import measure_faults
from benchmarks.cluster.figures import compute
from benchmarks.cluster.records import ClusterLevel, Records
from benchmarks.cluster.report import write_report
from benchmarks.cluster.run import LoadPlan, measure_pair
from benchmarks.cluster.stores import build_stores
from benchmarks.corpora.news import sample_news
from benchmarks.harness.benchmark import RUN, Benchmark, Out, reporter
from benchmarks.harness.child_process import ChildProcess
from benchmarks.harness.options import LevelSeconds, Queries, QueryLimit, whole_numbers
from benchmarks.harness.records import read_json
from benchmarks.load.closed_loop import check_wrk
from benchmarks.load.workload import read_workload
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest

BENCHMARK = Benchmark(
    "cluster",
    "Whether shards give the answers of one piece, what Ray costs, and what a cluster withstands.",
    "records.json.gz",
    Records,
    compute,
    write_report,
)
app = BENCHMARK.command_line()

_RUNS = "runs"
"""Where the description of a run says which command measured which part, and with which revision."""


@app.command("build")
def build_all(
    sources: Annotated[list[Path], typer.Option(help="Articles; may be given several times.")],
    store: Annotated[Path, typer.Option(help="Folder for the stores that are built; missing or empty.")],
    paragraphs: Annotated[int, typer.Option(min=100, help="Paragraphs of each store.")] = 100_000,
    shards: Annotated[str, typer.Option(help="Numbers of shards, comma-separated.")] = "1,2,4,8",
    exact: Annotated[
        bool, typer.Option(help="Whether divided stores have exact indexes; else a build chooses.")
    ] = True,
    versions: Annotated[int, typer.Option(min=1, help="Versions of each divided store; swaps need two.")] = 2,
    model: Annotated[str | None, typer.Option(help="As for `khabar index build`.")] = None,
) -> None:
    """Build the stores that `measure` compares; most of their vectors are synthetic."""
    _check_empty(store)
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
    """Compare answers, and load one process and shards over Ray in turns; write records, figures and report.

    What was measured before stays in the records, but for answers of the same numbers of shards and kinds of indexes,
    and for the load if there is any now.
    """
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
    n_paragraphs = current_manifest(StoreLayout(store)).counts.paragraphs
    parts = {f"answers, {', '.join(each.kinds)}" for each in comparisons} | ({"load"} if levels else set())
    _finish(out, parts, lambda records: records.with_measured(n_paragraphs, comparisons, levels))


@app.command()
def embed(
    sources: Annotated[list[Path], typer.Option(help="Articles; may be given several times.")],
    store: Annotated[Path, typer.Option(help="Folder for the stores that are built; missing or empty.")],
    out: Out = BENCHMARK.folder,
    paragraphs: Annotated[int, typer.Option(min=100, help="Paragraphs to embed.")] = 40_000,
    faults: Annotated[int, typer.Option(min=1, help="Encoders, nodes and builds to kill.")] = 20,
    model: Annotated[str | None, typer.Option(help="As for `khabar index build`.")] = None,
) -> None:
    """Embed on two nodes while encoders, nodes and builds are killed, and compare vectors. Needs root."""
    _check_empty(store)
    store.mkdir(parents=True, exist_ok=True)
    (sample,) = ChildProcess().run(sample_news, sources, [paragraphs], store, model)
    run = embed_under_faults(sample.path, store, faults, model, reporter())
    _finish(out, {"embed"}, lambda records: replace(records, embedding=run))


@app.command()
def faults(
    articles: Annotated[Path, typer.Option(help="Articles to serve, JSON Lines; a small corpus.")],
    queries: Queries,
    out: Out = BENCHMARK.folder,
    limit: QueryLimit = 40,
) -> None:
    """Ask shards on two nodes, with two replicas and with one, while replicas, nodes and networks fail. Needs root."""
    texts = [query.text for query in read_workload(queries, limit)]
    phases = [phase for replicas in (2, 1) for phase in measure_faults(articles, texts, replicas, reporter())]
    _finish(out, {"faults"}, lambda records: replace(records, phases=phases))


def _check_empty(store: Path) -> None:
    if store.exists() and any(store.iterdir()):
        raise typer.BadParameter(f"{store} is not empty", param_hint="--store")


def _finish(out: Path, parts: set[str], change: Callable[[Records], Records]) -> None:
    """Write the records of one command, beside what other commands have written; `parts` are what it has measured."""
    is_first = not (out / BENCHMARK.records_file).exists()
    records = Records() if is_first else BENCHMARK.read_records(out)
    earlier = {} if is_first else read_json(out / RUN)
    runs = earlier.get(_RUNS, {}) | dict.fromkeys(sorted(parts), BENCHMARK.description())
    BENCHMARK.finish(out, change(records), BENCHMARK.description() | {_RUNS: runs})


if __name__ == "__main__":
    BENCHMARK.run(app)
