"""`python -m benchmarks.delivery`: `measure` asks a service for batches and exports; `report` computes again."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.delivery.batches import measure_batches
from benchmarks.delivery.exports import measure_exports
from benchmarks.delivery.figures import compute
from benchmarks.delivery.records import Records
from benchmarks.delivery.report import write_report
from benchmarks.harness.benchmark import Benchmark, Out
from benchmarks.load.server import khabar_server
from benchmarks.load.workload import read_workload
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest

BENCHMARK = Benchmark(
    "delivery",
    "Several searches in one request, and exports of many hits.",
    "records.json.gz",
    Records,
    compute,
    write_report,
)
app = BENCHMARK.command_line()

_SEARCHES = 100


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve; with more paragraphs than --rows.")],
    questions: Annotated[Path, typer.Option(help="JSON Lines with longer queries.")] = Path("data/queries.jsonl"),
    names: Annotated[Path, typer.Option(help="JSON Lines with short queries.")] = Path("data/short_queries.jsonl"),
    out: Out = BENCHMARK.folder,
    rows: Annotated[int, typer.Option(min=100, max=10_000, help="Rows of an export.")] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds.")] = 9,
) -> None:
    """Ask `khabar serve` for batches and exports; write records, figures and report."""
    long, short = ([query.text for query in read_workload([path], _SEARCHES)] for path in (questions, names))
    mixed = [text for pair in zip(long, short, strict=False) for text in pair][:_SEARCHES]
    with (
        tempfile.TemporaryDirectory(prefix="khabar-delivery-") as logs,
        khabar_server(store, workers=1, cache=False, log=Path(logs, "server.log")) as server,
    ):
        batches = measure_batches(server.url, {"longer": long, "up to three words": short, "mixed": mixed}, rounds)
        exports = measure_exports(server, short[0], rows, rounds)
    counts = current_manifest(StoreLayout(store)).counts
    BENCHMARK.finish(out, Records(counts.paragraphs, batches, exports))


if __name__ == "__main__":
    BENCHMARK.run(app)
