"""`python -m benchmarks.peers`: `measure` fills the peers and writes records and report, `report` computes again."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.options import LevelSeconds, Queries, QueryLimit, whole_numbers
from benchmarks.load.closed_loop import check_wrk
from benchmarks.load.workload import DEFAULT_QUERIES, read_workload
from benchmarks.peers import venv
from benchmarks.peers.figures import compute
from benchmarks.peers.report import write_report
from benchmarks.peers.rows import VECTORS, ExactScores, ExportedRows, export_rows, model_folder
from benchmarks.peers.run import Plan, Records
from benchmarks.peers.run import measure as measure_all
from benchmarks.peers.systems import Chroma, Khabar, System, Txtai
from indexer.encoders.models import find_model
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.query_encoder import unit
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest
from indexer.snapshot.text.query_syntax import meant_text

_DEFAULT = Plan()
_PEERS: dict[str, type[Txtai] | type[Chroma]] = {Txtai.name: Txtai, Chroma.name: Chroma}
_VENV, _WORK = Path(".venv-peers"), Path(".peers")

BENCHMARK = Benchmark("peers", "khabar beside comparable systems.", "records.json.gz", Records, compute, write_report)
app = BENCHMARK.command_line()


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve; its embedding cache fills the peers.")],
    queries: Queries,
    out: Out = BENCHMARK.folder,
    venv_folder: Annotated[Path, typer.Option("--venv", help="The peers' environment; created if missing.")] = _VENV,
    work: Annotated[Path, typer.Option(help="Folder for the peers' indexes.")] = _WORK,
    clients: Annotated[str, typer.Option(help="Clients of the closed loop.")] = "1,16",
    seconds: LevelSeconds = _DEFAULT.seconds,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each system.")] = _DEFAULT.rounds,
    limit: QueryLimit = DEFAULT_QUERIES,
    workers: Annotated[int, typer.Option(min=1, help="Processes of khabar and of txtai; Chroma's front is one.")] = 1,
    names: Annotated[list[str] | None, typer.Option("--peer", help="txtai or chroma; by default both.")] = None,
) -> None:
    """Put khabar and its peers under the same load in turns, then write figures and report."""
    check_wrk()
    plan = Plan(whole_numbers(clients), seconds, rounds)
    # Without the signs that only khabar reads: a headline's quotation marks would ask it for something else.
    texts = [text for query in read_workload(queries, limit) if (text := meant_text(query.text))]
    if not texts:
        raise BenchmarkError("the query files contain no query")
    progress, manifest = reporter(), current_manifest(StoreLayout(store))
    folder = work.absolute() / manifest.version
    rows = _rows(store, folder / "rows", progress)
    python, model = venv.peer_python(venv_folder), model_folder(manifest)
    peers = [kind(python, folder, model, workers) for kind in _chosen(names)]
    for peer in peers:
        progress.print_line(f"filling {peer.name}, unless its index exists")
        peer.fill(rows)
    systems: list[System] = [Khabar(store, workers), *peers]
    exact = _exact(rows, texts[: plan.judged])
    records = measure_all(systems, texts, exact, plan, folder, progress)
    description = {
        **BENCHMARK.description(),
        "peers": venv.installed_versions(python, [peer.name for peer in peers]),
        "snapshot": asdict(manifest.counts),
        "parameters": {**asdict(plan), "queries": len(texts), "workers": workers},
    }
    BENCHMARK.finish(out, records, description)


def _chosen(names: Sequence[str] | None) -> list[type[Txtai] | type[Chroma]]:
    unknown = sorted({*(names or ())} - _PEERS.keys())
    if unknown:
        raise BenchmarkError(f"--peer: {unknown[0]!r} is none of {', '.join(_PEERS)}")
    return [kind for name, kind in _PEERS.items() if not names or name in names]


def _rows(store: Path, folder: Path, reporter: Reporter) -> ExportedRows:
    if (folder / VECTORS).is_file():
        return ExportedRows(folder)
    reporter.print_line("exporting paragraphs and vectors")
    return export_rows(store, folder)


def _exact(rows: ExportedRows, texts: Sequence[str]) -> ExactScores:
    """Return the exact scores of the raw vectors, with queries encoded as the peers encode them.

    The peers give the text to the model as it is; khabar normalises it first.
    """
    from indexer.encoders.reference_encoder import load_model

    queries = load_model(find_model(None).folder).encode_query(list(texts), show_progress_bar=False)
    return ExactScores(rows.ids(), unit(np.asarray(queries)) @ rows.vectors().T)


if __name__ == "__main__":
    BENCHMARK.run(app)
