"""`python -m benchmarks.latency`: `measure` writes records and report, `report` computes again from the records."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.options import LevelSeconds, Queries, QueryLimit, numbers, whole_numbers
from benchmarks.latency.figures import compute
from benchmarks.latency.floor import describe
from benchmarks.latency.floor_process import floor_process
from benchmarks.latency.records import Records
from benchmarks.latency.report import write_report
from benchmarks.latency.run import Plan, Run, existing_or_new_server
from benchmarks.load.schedule import Arrivals
from benchmarks.load.workload import DEFAULT_QUERIES, read_workload

_DEFAULT = Plan()

BENCHMARK = Benchmark(
    "latency", "Latency and throughput of the service.", "records.json.gz", Records, compute, write_report
)
app = BENCHMARK.command_line()


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve and to measure the floor on.")],
    queries: Queries,
    out: Out = BENCHMARK.folder,
    url: Annotated[str | None, typer.Option(help="A running server to use, instead of starting one.")] = None,
    clients: Annotated[str, typer.Option(help="Clients of the closed loop.")] = "1,4,16,64",
    rates: Annotated[
        str | None, typer.Option(help="Requests/s of the open loop; by default shares of the rate of 16 clients.")
    ] = None,
    arrivals: Annotated[str, typer.Option(help="Arrivals of the open loop: constant or poisson.")] = "constant",
    seconds: LevelSeconds = _DEFAULT.seconds,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of floor and closed loop.")] = _DEFAULT.rounds,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
    cache: Annotated[bool, typer.Option(help="Use the query cache.")] = False,
    limit: QueryLimit = DEFAULT_QUERIES,
) -> None:
    """Put the service under load and write raw records, figures and report."""
    if arrivals not in get_args(Arrivals):
        raise typer.BadParameter(f"arrivals are constant or poisson, not {arrivals}")
    plan = Plan(
        clients=whole_numbers(clients),
        rates=numbers(rates) if rates else None,
        arrivals=cast("Arrivals", arrivals),
        seconds=seconds,
        rounds=rounds,
    )
    workload = read_workload(queries, limit)
    with (
        tempfile.TemporaryDirectory() as folder,
        floor_process(store) as floor,
        existing_or_new_server(url, store, workers=workers, cache=cache, log=Path(folder, "server.log")) as server,
    ):
        records = Run(server, floor, workload, plan, reporter()).records()
        snapshot = floor.run(describe)
    parameters = {**asdict(plan), "workers": workers, "cache": cache, "queries": len(workload)}
    parameters["own_server"] = url is None
    BENCHMARK.finish(out, records, {**BENCHMARK.description(), "snapshot": snapshot, "parameters": parameters})


if __name__ == "__main__":
    BENCHMARK.run(app)
