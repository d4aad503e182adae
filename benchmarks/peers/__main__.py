"""`python -m benchmarks.peers`: fill the peers, measure, compute, report."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from benchmarks import environment
from benchmarks.latency.__main__ import numbers
from benchmarks.latency.closed_loop import LoadError, check_wrk
from benchmarks.latency.records import write_records
from benchmarks.latency.server import end_servers_on_sigterm
from benchmarks.latency.workload import DEFAULT_QUERIES, read_workload
from benchmarks.peers import venv
from benchmarks.peers.figures import compute
from benchmarks.peers.report import write_report
from benchmarks.peers.rows import VECTORS, Rows, exact_top, export_rows, model_folder, published
from benchmarks.peers.run import Plan, Records, read_records
from benchmarks.peers.run import measure as measure_all
from benchmarks.peers.systems import Chroma, Khabar, System, Txtai
from indexer.encoders.models import find_model
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.query_encoder import unit
from indexer.snapshot.errors import KhabarError

app = typer.Typer(help="khabar beside comparable systems.", pretty_exceptions_enable=False, add_completion=False)

RESULTS = Path("benchmarks/results/peers")
RECORDS, RUN, FIGURES = "records.json.gz", "run.json", "figures.json"
_USUAL = Plan()

Out = Annotated[Path, typer.Option(help="Where records and reports go.")]


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve; its embedding cache fills the peers.")],
    queries: Annotated[list[Path], typer.Option(help="JSON Lines with `query` or `title`; .gz too.")],
    out: Out = RESULTS,
    venv_folder: Annotated[Path, typer.Option("--venv", help="The peers' environment; made when missing.")] = Path(
        ".venv-peers"
    ),
    work: Annotated[Path, typer.Option(help="Where the peers' indexes are kept.")] = Path(".peers"),
    clients: Annotated[str, typer.Option(help="Clients of the closed loop.")] = "1,16",
    seconds: Annotated[float, typer.Option(min=1, help="Length of a level.")] = _USUAL.seconds,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each system.")] = _USUAL.rounds,
    limit: Annotated[int, typer.Option(min=1, help="Distinct queries to ask.")] = DEFAULT_QUERIES,
) -> None:
    """Put khabar and its peers under the same load in turns, then write figures and report."""
    check_wrk()
    plan = Plan(tuple(int(number) for number in numbers(clients)), seconds, rounds)
    texts = [query.text for query in read_workload(queries, limit)]
    if not texts:
        raise LoadError("there is no query to ask")
    reporter, manifest = Reporter(Console(stderr=True)), published(store)
    folder = work.absolute() / manifest.version
    rows = _rows(store, folder / "rows", reporter)
    python, model = venv.python_of(venv_folder), model_folder(manifest)
    peers = (Txtai(python, folder, model), Chroma(python, folder, model))
    for peer in peers:
        reporter.print_line(f"filling {peer.name}, unless that has been done")
        peer.fill(rows)
    systems: list[System] = [Khabar(store), *peers]
    out.mkdir(parents=True, exist_ok=True)
    exact = _exact(rows, texts[: plan.judged])
    records = measure_all(systems, texts, exact, plan, folder, reporter)
    write_records(out / RECORDS, records, Records)
    run = {
        **environment.description("benchmarks.peers"),
        "peers": venv.pinned(),
        "snapshot": asdict(manifest.counts),
        "parameters": {**asdict(plan), "queries": len(texts)},
    }
    (out / RUN).write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    report(out)


@app.command()
def report(out: Out = RESULTS) -> None:
    """Compute figures from raw records and write the report anew."""
    records, run = read_records(out / RECORDS), json.loads((out / RUN).read_text(encoding="utf-8"))
    figures = compute(records)
    (out / FIGURES).write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")
    write_report(out / "report.md", figures, records, run)


def _rows(store: Path, folder: Path, reporter: Reporter) -> Rows:
    if (folder / VECTORS).is_file():
        return Rows(folder)
    reporter.print_line("exporting paragraphs and vectors")
    return export_rows(store, folder)


def _exact(rows: Rows, texts: Sequence[str]) -> list[list[str]]:
    """Return the true top ten of the raw vectors, with queries encoded as the peers encode them.

    That is by the model alone: khabar's own folding of texts is none of theirs.
    """
    from indexer.encoders.reference_encoder import load_model

    queries = load_model(find_model(None).folder).encode_query(list(texts), show_progress_bar=False)
    return exact_top(rows.ids(), rows.vectors(), unit(np.asarray(queries)))


if __name__ == "__main__":
    end_servers_on_sigterm()
    try:
        app()
    except (LoadError, KhabarError) as error:
        typer.echo(f"benchmarks.peers: {error}", err=True)
        sys.exit(1)
