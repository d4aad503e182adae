"""`python -m benchmarks.peers`: `measure` fills the peers and writes records and report, `report` computes again."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from benchmarks.harness import environment
from benchmarks.harness.command_line import RESULTS, LevelSeconds, Out, Queries, QueryLimit, command_line, numbers, run
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.records import REPORT, read_records, read_run, write_figures, write_records, write_run
from benchmarks.load.closed_loop import check_wrk
from benchmarks.load.workload import DEFAULT_QUERIES, read_workload
from benchmarks.peers import venv
from benchmarks.peers.figures import compute
from benchmarks.peers.report import write_report
from benchmarks.peers.rows import VECTORS, ExportedRows, exact_top_ids, export_rows, model_folder, published_manifest
from benchmarks.peers.run import Plan, Records
from benchmarks.peers.run import measure as measure_all
from benchmarks.peers.systems import Chroma, Khabar, System, Txtai
from indexer.encoders.models import find_model
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.query_encoder import unit

MODULE, RECORDS = "benchmarks.peers", "records.json.gz"
_DEFAULT = Plan()
_OUT = RESULTS / "peers"
_VENV, _WORK = Path(".venv-peers"), Path(".peers")

app = command_line("khabar beside comparable systems.")


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve; its embedding cache fills the peers.")],
    queries: Queries,
    out: Out = _OUT,
    venv_folder: Annotated[Path, typer.Option("--venv", help="The peers' environment; created if missing.")] = _VENV,
    work: Annotated[Path, typer.Option(help="Folder for the peers' indexes.")] = _WORK,
    clients: Annotated[str, typer.Option(help="Clients of the closed loop.")] = "1,16",
    seconds: LevelSeconds = _DEFAULT.seconds,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each system.")] = _DEFAULT.rounds,
    limit: QueryLimit = DEFAULT_QUERIES,
) -> None:
    """Put khabar and its peers under the same load in turns, then write figures and report."""
    check_wrk()
    plan = Plan(tuple(int(number) for number in numbers(clients)), seconds, rounds)
    texts = [query.text for query in read_workload(queries, limit)]
    if not texts:
        raise BenchmarkError("the query files contain no query")
    reporter, manifest = Reporter(Console(stderr=True)), published_manifest(store)
    folder = work.absolute() / manifest.version
    rows = _rows(store, folder / "rows", reporter)
    python, model = venv.peer_python(venv_folder), model_folder(manifest)
    peers = (Txtai(python, folder, model), Chroma(python, folder, model))
    for peer in peers:
        reporter.say(f"filling {peer.name}, unless its index exists")
        peer.fill(rows)
    systems: list[System] = [Khabar(store), *peers]
    out.mkdir(parents=True, exist_ok=True)
    exact = _exact(rows, texts[: plan.judged])
    write_records(out / RECORDS, measure_all(systems, texts, exact, plan, folder, reporter), Records)
    run_facts = {
        **environment.description(MODULE),
        "peers": venv.pinned_versions(),
        "snapshot": asdict(manifest.counts),
        "parameters": {**asdict(plan), "queries": len(texts)},
    }
    write_run(out, run_facts)
    report(out)


@app.command()
def report(out: Out = _OUT) -> None:
    """Compute figures from raw records, and write figures and report again."""
    records = read_records(out / RECORDS, Records)
    figures = compute(records)
    write_figures(out, asdict(figures))
    write_report(out / REPORT, figures, records, read_run(out))


def _rows(store: Path, folder: Path, reporter: Reporter) -> ExportedRows:
    if (folder / VECTORS).is_file():
        return ExportedRows(folder)
    reporter.say("exporting paragraphs and vectors")
    return export_rows(store, folder)


def _exact(rows: ExportedRows, texts: Sequence[str]) -> list[list[str]]:
    """Return the true top ten of the raw vectors, with queries encoded as the peers encode them.

    The peers give the text to the model as it is; khabar normalises it first.
    """
    from indexer.encoders.reference_encoder import load_model

    queries = load_model(find_model(None).folder).encode_query(list(texts), show_progress_bar=False)
    return exact_top_ids(rows.ids(), rows.vectors(), unit(np.asarray(queries)))


if __name__ == "__main__":
    run(app, MODULE)
