"""`python -m benchmarks.latency`: measure, compute, report; each step can be repeated alone."""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import environment
from benchmarks.latency.charts import write_curve_chart, write_rate_chart
from benchmarks.latency.closed_loop import LoadError
from benchmarks.latency.figures import compute
from benchmarks.latency.floor_process import floor_process
from benchmarks.latency.records import read_records, write_records
from benchmarks.latency.report import write_report
from benchmarks.latency.run import Plan, Run, served
from benchmarks.latency.schedule import Arrivals
from benchmarks.latency.server import end_servers_on_sigterm
from benchmarks.latency.workload import DEFAULT_QUERIES, read_workload
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import KhabarError

app = typer.Typer(help="Latency and throughput of the service.", pretty_exceptions_enable=False, add_completion=False)

RESULTS = Path("benchmarks/results/latency")
RECORDS, RUN, FIGURES = "records.json.gz", "run.json", "figures.json"

_USUAL = Plan()

Out = Annotated[Path, typer.Option(help="Where records and reports go.")]


def numbers(text: str) -> tuple[float, ...]:
    """Return comma-separated numbers above 0."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{text} is not a list of numbers such as 1,4,16") from error
    if min(found) <= 0:
        raise typer.BadParameter(f"{text} holds a number that is not above 0")
    return found


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve, and to measure the floor on.")],
    queries: Annotated[list[Path], typer.Option(help="JSON Lines with `query` or `title`; .gz too.")],
    out: Out = RESULTS,
    url: Annotated[str | None, typer.Option(help="A server that runs already, in place of one started here.")] = None,
    clients: Annotated[str, typer.Option(help="Clients of the closed loop.")] = "1,4,16,64",
    rates: Annotated[
        str | None, typer.Option(help="Requests/s of the open loop; by default shares of 16 clients'.")
    ] = None,
    arrivals: Annotated[str, typer.Option(help="Arrivals of the open loop: constant or poisson.")] = "constant",
    seconds: Annotated[float, typer.Option(min=1, help="Length of a level.")] = _USUAL.seconds,
    rounds: Annotated[int, typer.Option(min=1, help="How often floor and closed loop are measured.")] = _USUAL.rounds,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
    cache: Annotated[bool, typer.Option(help="Leave the query cache on.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Distinct queries to ask.")] = DEFAULT_QUERIES,
) -> None:
    """Put the service under load and write raw records, then figures and report."""
    plan = Plan(
        clients=tuple(int(number) for number in numbers(clients)),
        rates=numbers(rates) if rates else None,
        arrivals=_arrivals(arrivals),
        seconds=seconds,
        rounds=rounds,
    )
    asked = read_workload(queries, limit)
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        floor_process(store) as floor,
        served(url, store, workers=workers, cache=cache, log=Path(folder, "server.log")) as server,
    ):
        records = Run(server, floor, asked, plan, Reporter(Console(stderr=True))).records()
        snapshot = floor.description()
    parameters = {**asdict(plan), "workers": workers, "cache": cache, "queries": len(asked), "own_server": url is None}
    write_records(out / RECORDS, records)
    (out / RUN).write_text(json.dumps(describe(snapshot, parameters), indent=2) + "\n", encoding="utf-8")
    report(out)


@app.command()
def report(out: Out = RESULTS) -> None:
    """Compute figures from raw records and write report and charts anew."""
    records, run = read_records(out / RECORDS), json.loads((out / RUN).read_text(encoding="utf-8"))
    figures = compute(records)
    (out / FIGURES).write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")
    write_report(out / "report.md", figures, records, run)
    write_rate_chart(out / "rates.png", figures.open)
    write_curve_chart(out / "recall.png", records.curve)


def describe(snapshot: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what a reader needs to judge and repeat the run."""
    return {
        **environment.description("benchmarks.latency"),
        "snapshot": snapshot,
        "parameters": parameters,
    }


def _arrivals(name: str) -> Arrivals:
    if name == "constant":
        return "constant"
    if name == "poisson":
        return "poisson"
    raise typer.BadParameter(f"arrivals are constant or poisson, not {name}")


if __name__ == "__main__":
    end_servers_on_sigterm()
    try:
        app()
    except (LoadError, KhabarError) as error:
        typer.echo(f"benchmarks.latency: {error}", err=True)
        sys.exit(1)
