"""`python -m benchmarks.quality`: `measure` builds pools and searches them, `report` computes again from records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.corpora.parallel import read_flores, read_ntrex
from benchmarks.harness.command_line import RESULTS, Out, command_line, run
from benchmarks.harness.records import REPORT, read_run, write_figures, write_run
from benchmarks.quality.figures import compute
from benchmarks.quality.measurement import QualityRun
from benchmarks.quality.report import write_chart, write_report
from benchmarks.quality.run import Record, read_records, write_records
from indexer.reporting.progress import Reporter

MODULE, RECORDS = "benchmarks.quality", "records.jsonl.gz"
_OUT = RESULTS / "quality"

app = command_line("Quality of khabar's search.")


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="A store to build in; its cached embeddings are reused.")],
    sample: Annotated[Path | None, typer.Option(help="A judged corpus, laid out as data/ is.")] = None,
    ntrex: Annotated[Path | None, typer.Option(help="Folder with NTREX articles.jsonl.")] = None,
    flores: Annotated[Path | None, typer.Option(help="Folder with FLORES docs.jsonl and sentences.jsonl.")] = None,
    third: Annotated[Path | None, typer.Option(help="A third language's articles on the sample's events.")] = None,
    haystack: Annotated[list[Path] | None, typer.Option(help="Other news to hide NTREX and FLORES among.")] = None,
    out: Out = _OUT,
) -> None:
    """Search for all queries and write raw records, figures and report."""
    if third and not sample:
        raise typer.BadParameter("it needs --sample, whose other events are in the same pool", param_hint="--third")
    bench = QualityRun(store, tuple(haystack or ()), Reporter(Console(stderr=True)))
    out.mkdir(parents=True, exist_ok=True)
    corpora = [read_ntrex(ntrex)] if ntrex else []
    corpora += [read_flores(flores)] if flores else []

    def records() -> Iterator[Record]:
        if sample:
            yield from bench.judged(sample)
        if sample and third:
            yield from bench.third_language(sample, third)
        if haystack:
            yield from bench.needles(corpora)
        else:
            for corpus in corpora:
                yield from bench.parallel(corpus)
                if any(document.titles for document in corpus.documents):
                    yield from bench.with_titles(corpus)

    n_records = write_records(out / RECORDS, records())
    write_run(out, bench.description(MODULE, n_records))
    report(out)


@app.command()
def report(out: Out = _OUT) -> None:
    """Compute figures from raw records, and write figures, report and chart again."""
    figures = compute(read_records(out / RECORDS))
    write_figures(out, figures.as_json())
    write_report(out / REPORT, figures, read_run(out))
    write_chart(out / "gap.png", figures)


if __name__ == "__main__":
    run(app, MODULE)
