"""`python -m benchmarks.latency`: `measure` writes records and report, `report` computes again from the records."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.harness import environment
from benchmarks.harness.command_line import RESULTS, LevelSeconds, Out, Queries, QueryLimit, command_line, numbers, run
from benchmarks.harness.records import REPORT, read_records, read_run, write_figures, write_records, write_run
from benchmarks.latency.charts import write_curve_chart, write_rate_chart
from benchmarks.latency.figures import compute
from benchmarks.latency.floor_process import floor_process
from benchmarks.latency.records import Records
from benchmarks.latency.report import write_report
from benchmarks.latency.run import Plan, Run, existing_or_new_server
from benchmarks.load.schedule import Arrivals
from benchmarks.load.workload import DEFAULT_QUERIES, read_workload
from indexer.reporting.progress import Reporter

MODULE, RECORDS = "benchmarks.latency", "records.json.gz"
_DEFAULT = Plan()
_OUT = RESULTS / "latency"

app = command_line("Latency and throughput of the service.")


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve and to measure the floor on.")],
    queries: Queries,
    out: Out = _OUT,
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
    plan = Plan(
        clients=tuple(int(number) for number in numbers(clients)),
        rates=numbers(rates) if rates else None,
        arrivals=_arrivals(arrivals),
        seconds=seconds,
        rounds=rounds,
    )
    workload = read_workload(queries, limit)
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        floor_process(store) as floor,
        existing_or_new_server(url, store, workers=workers, cache=cache, log=Path(folder, "server.log")) as server,
    ):
        records = Run(server, floor, workload, plan, Reporter(Console(stderr=True))).records()
        snapshot = floor.description()
    parameters = {**asdict(plan), "workers": workers, "cache": cache, "queries": len(workload)}
    parameters["own_server"] = url is None
    write_records(out / RECORDS, records, Records)
    write_run(out, {**environment.description(MODULE), "snapshot": snapshot, "parameters": parameters})
    report(out)


@app.command()
def report(out: Out = _OUT) -> None:
    """Compute figures from raw records, and write figures, report and charts again."""
    records = read_records(out / RECORDS, Records)
    figures = compute(records)
    write_figures(out, asdict(figures))
    write_report(out / REPORT, figures, records, read_run(out))
    write_rate_chart(out / "rates.png", figures.open)
    write_curve_chart(out / "recall.png", records.curve)


def _arrivals(name: str) -> Arrivals:
    if name == "constant":
        return "constant"
    if name == "poisson":
        return "poisson"
    raise typer.BadParameter(f"arrivals are constant or poisson, not {name}")


if __name__ == "__main__":
    run(app, MODULE)
