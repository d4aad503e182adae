"""`python -m benchmarks.highlights`: `measure` highlights sentences of parallel texts; `report` computes again."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.corpora.parallel import read_ntrex
from benchmarks.harness.benchmark import Benchmark, Out
from benchmarks.highlights.figures import compute
from benchmarks.highlights.measurement import measure_highlights, parallel_paragraphs
from benchmarks.highlights.records import Records
from benchmarks.highlights.report import write_report
from indexer.snapshot.reader import open_snapshot

BENCHMARK = Benchmark(
    "highlights", "Whether the right sentence is highlighted.", "records.json.gz", Records, compute, write_report
)
app = BENCHMARK.command_line()


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="A store whose encoders and neutral space are used.")],
    ntrex: Annotated[Path, typer.Option(help="Folder with NTREX articles.jsonl.")],
    out: Out = BENCHMARK.folder,
    seed: Annotated[int, typer.Option(help="Another seed takes other words.")] = 20261129,
) -> None:
    """Highlight paragraphs for words of one of their sentences; write records, figures and report."""
    paragraphs = parallel_paragraphs(read_ntrex(ntrex).documents)
    with open_snapshot(store) as snapshot:
        BENCHMARK.finish(out, Records(list(measure_highlights(snapshot, paragraphs, seed))))


if __name__ == "__main__":
    BENCHMARK.run(app)
