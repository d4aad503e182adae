"""`python -m benchmarks.confidence`: `measure` searches with and without the answers; `report` computes again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.confidence.figures import compute
from benchmarks.confidence.measurement import measure_confidence
from benchmarks.confidence.queries import KnownQuery, ntrex_queries, sample_queries, write_ntrex
from benchmarks.confidence.records import Case, Records
from benchmarks.confidence.report import write_report
from benchmarks.corpora.jsonl import ARTICLES
from benchmarks.harness.benchmark import Benchmark, Out, reporter
from indexer.build import build
from indexer.gate import Limits
from indexer.snapshot.reader import open_snapshot

BENCHMARK = Benchmark(
    "confidence", "Whether a query without an answer is told so.", "records.json.gz", Records, compute, write_report
)
app = BENCHMARK.command_line()


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="A store to build in; its cached embeddings are reused.")],
    sample: Annotated[Path, typer.Option(help="A judged corpus, laid out as data/ is.")],
    ntrex: Annotated[Path | None, typer.Option(help="Folder with NTREX articles.jsonl.")] = None,
    out: Out = BENCHMARK.folder,
) -> None:
    """Build a version of each corpus and search it; write records, figures and report."""
    cases = _cases(store, sample.name, sample / ARTICLES, sample_queries(sample))
    if ntrex:
        source = store / "ntrex.jsonl"
        write_ntrex(ntrex, source)
        cases += _cases(store, "NTREX", source, ntrex_queries(ntrex))
    BENCHMARK.finish(out, Records(cases))


def _cases(store: Path, name: str, source: Path, queries: Iterable[KnownQuery]) -> list[Case]:
    version = build([source], store, reporter(), limits=Limits(max_shrink=1.0)).manifest.version
    with open_snapshot(store, version=version) as snapshot:
        return list(measure_confidence(snapshot, name, queries))


if __name__ == "__main__":
    BENCHMARK.run(app)
