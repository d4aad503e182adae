"""`python -m benchmarks.capacity`: `measure` builds and serves stores, `report` computes again, `plan` uses them."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.capacity.figures import compute
from benchmarks.capacity.measurement import LoadPlan, measure_service, measure_size
from benchmarks.capacity.plan import Embedder, Machine, Plan, Wish, make_plan
from benchmarks.capacity.records import Records, SizeRecord
from benchmarks.capacity.report import BUILT_BY, write_report
from benchmarks.corpora.news import sample_news
from benchmarks.harness.benchmark import RUN, Benchmark, Out, reporter
from benchmarks.harness.child_process import ChildProcess
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.options import LevelSeconds, Queries, QueryLimit, whole_numbers
from benchmarks.harness.records import read_json
from benchmarks.load.closed_loop import check_wrk
from benchmarks.load.workload import read_workload
from indexer.reporting.counted import counted
from indexer.snapshot.index.vector_index import usable_cores
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest

EMBEDDED_UP_TO = 10_000
"""Larger sizes have synthetic vectors."""

BENCHMARK = Benchmark(
    "capacity", "What an archive of any size needs.", "records.json.gz", Records, compute, write_report
)
app = BENCHMARK.command_line()


@app.command()
def measure(
    sources: Annotated[list[Path], typer.Option(help="Articles; may be given several times.")],
    queries: Queries,
    store: Annotated[Path, typer.Option(help="Folder for the stores that are built; missing or empty.")],
    out: Out = BENCHMARK.folder,
    sizes: Annotated[
        str,
        typer.Option(help=f"Numbers of paragraphs; vectors beyond {EMBEDDED_UP_TO:,} are synthetic."),
    ] = "10000,100000,1000000",
    model: Annotated[str | None, typer.Option(help="As for `khabar index build`.")] = None,
    seconds: LevelSeconds = 20,
    limit: QueryLimit = 2_000,
) -> None:
    """Build and serve a store of each size, and write raw records, figures, report and chart."""
    wanted = sorted(whole_numbers(sizes))
    if len(wanted) < 2 or wanted[0] > EMBEDDED_UP_TO:
        raise typer.BadParameter(f"give two sizes, one of them up to {EMBEDDED_UP_TO:,}", param_hint="--sizes")
    if store.exists() and any(store.iterdir()):
        raise typer.BadParameter(f"{store} is not empty", param_hint="--store")
    check_wrk()
    store.mkdir(parents=True, exist_ok=True)
    texts = [query.text for query in read_workload(queries, limit)]
    levels = LoadPlan(workers=usable_cores(), seconds=seconds)
    measured: list[SizeRecord] = []
    embedded = store / str(max(size for size in wanted if size <= EMBEDDED_UP_TO))
    for sample in ChildProcess().run(sample_news, sources, wanted, store, model):
        like = embedded if sample.size > EMBEDDED_UP_TO else None
        reporter().print_line(f"{sample.size:,}: {sample.paragraphs:,} paragraphs of {sample.articles:,} articles")
        measured.append(measure_size(sample, store / str(sample.size), like, model, texts, levels))
        build = current_manifest(StoreLayout(store / str(wanted[0]))).build
        records = Records(levels.workers, build.device, build.precision, measured)
        BENCHMARK.write_records(out, records)  # an interrupted run keeps its measurements
    BENCHMARK.finish(out, records)


@app.command()
def load(
    queries: Queries,
    store: Annotated[Path, typer.Option(help="The folder of the stores that `measure` has built.")],
    out: Out = BENCHMARK.folder,
    seconds: LevelSeconds = 20,
    limit: QueryLimit = 2_000,
) -> None:
    """Load the services of a run again, over the stores that it has built; its builds stay as they were measured."""
    check_wrk()
    records = BENCHMARK.read_records(out)
    texts = [query.text for query in read_workload(queries, limit)]
    levels = LoadPlan(workers=records.cores, seconds=seconds)
    by_paragraphs = {current_manifest(StoreLayout(each)).counts.paragraphs: each for each in published_in(store)}
    sizes = []
    for size in records.sizes:
        if size.build.paragraphs not in by_paragraphs:
            raise BenchmarkError(f"{store} has no store of {size.build.paragraphs:,} paragraphs")
        reporter().print_line(f"{size.build.paragraphs:,}: loading")
        sizes.append(replace(size, service=measure_service(by_paragraphs[size.build.paragraphs], texts, levels)))
    built = read_json(out / RUN)
    built = built.get(BUILT_BY, built)
    BENCHMARK.finish(out, replace(records, sizes=sizes), BENCHMARK.description() | {BUILT_BY: built})


def published_in(folder: Path) -> list[Path]:
    """Return the stores in a folder."""
    return [path for path in sorted(folder.iterdir()) if StoreLayout(path).current.is_file()]


@app.command()
def plan(
    paragraphs: Annotated[float, typer.Option(min=1, help="Paragraphs of the archive; 2e7 is twenty million.")],
    queries_per_second: Annotated[float, typer.Option(min=0.001, help="Requests a second at the busiest time.")],
    p99_ms: Annotated[float, typer.Option("--p99-ms", min=1, help="Wanted 99th percentile of their time.")],
    cores: Annotated[int, typer.Option(min=1, help="Cores of a machine.")] = 16,
    memory_gib: Annotated[float, typer.Option(min=1, help="Memory of a machine.")] = 64,
    machine_price: Annotated[float, typer.Option(min=0, help="Price of a machine for an hour.")] = 0,
    embed_per_second: Annotated[
        float | None, typer.Option(min=0.001, help="Paragraphs that a GPU embeds a second; by default such a machine.")
    ] = None,
    embed_price: Annotated[float, typer.Option(min=0, help="Price of a GPU or machine that embeds, for an hour.")] = 0,
    embedders: Annotated[int, typer.Option(min=1, help="How many of them embed at the same time.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    out: Out = BENCHMARK.folder,
) -> None:
    """Say how many shards, replicas and machines an archive needs, by the model of a measured run."""
    figures = compute(BENCHMARK.read_records(out))
    per_s = embed_per_second or cores * figures.embedded_per_core_s
    if not per_s:
        raise BenchmarkError("the run embedded nothing: give --embed-per-second")
    made = make_plan(
        figures.model,
        Wish(paragraphs, queries_per_second, p99_ms),
        Machine(cores, memory_gib, machine_price),
        Embedder(per_s, embed_price, embedders),
    )
    typer.echo(json.dumps(asdict(made), indent=2) if as_json else "\n".join(lines_of(made)))


def lines_of(made: Plan) -> list[str]:
    """Return a plan as lines for people."""
    shards, replicas = counted(made.shards, "shard"), counted(made.replicas, "replica")
    lines = [
        f"machines      {made.machines:,}: {shards}, {replicas} of each",
        f"memory, disk  {made.memory_gib:,.0f} GiB, {made.disk_gib:,.0f} GiB on each",
        f"load, p99     {made.load:.0%} of each core, {made.p99_ms:,.0f} ms",
        f"embedding     {made.embedding_h:,.1f} hours, once",
        f"build         {made.build_h:,.1f} hours apart from that, {made.build_memory_gib:,.0f} GiB, for each shard",
    ]
    if made.monthly_price or made.embedding_price:
        lines.append(f"price         {made.embedding_price:,.0f} for embedding, {made.monthly_price:,.0f} a month")
    if made.shards > 1:
        lines.append("khabar serves a store from one machine: these shards are stores, whose answers the client merges")
    return lines


if __name__ == "__main__":
    BENCHMARK.run(app)
