"""`python -m benchmarks.scaling`: measure, compute, report; each step can be repeated alone."""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import environment
from benchmarks.build.__main__ import whole_numbers
from benchmarks.child_process import ChildError
from benchmarks.scaling.charts import write_chart
from benchmarks.scaling.figures import compute
from benchmarks.scaling.kinds import TUNING
from benchmarks.scaling.records import read_records, write_records
from benchmarks.scaling.report import write_report
from benchmarks.scaling.run import Plan, Run, skips
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import KhabarError

app = typer.Typer(help="Index kinds at size.", pretty_exceptions_enable=False, add_completion=False)

RESULTS = Path("benchmarks/results/scaling")
RECORDS, RUN, FIGURES = "records.json", "run.json", "figures.json"

Out = Annotated[Path, typer.Option(help="Where records and reports go.")]


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store whose vectors others are drawn around.")],
    out: Out = RESULTS,
    sizes: Annotated[str, typer.Option(help="Paragraphs, for all kinds; empty: none.")] = "100000,300000,1000000",
    compressed_sizes: Annotated[
        str, typer.Option(help="Paragraphs, for inverted lists only; empty: none.")
    ] = "3000000,10000000",
    skip: Annotated[list[str] | None, typer.Option(help="Leave out, such as hnsw-sq8@1000000.")] = None,
    limit_s: Annotated[float, typer.Option(min=1, help="Seconds that one build, or its searches, may take.")] = 7_200,
    queries: Annotated[int, typer.Option(min=TUNING + 1, help=f"The first {TUNING} choose the effort.")] = 700,
    work: Annotated[
        Path | None, typer.Option(help="Where vectors are kept meanwhile; by default a new folder.")
    ] = None,
) -> None:
    """Build and search every kind at every size, and write raw records, then figures, report and chart."""
    try:
        left_out = skips(skip or ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--skip") from error
    plan = Plan(
        sizes=tuple(whole_numbers(sizes)) if sizes else (),
        compressed_sizes=tuple(whole_numbers(compressed_sizes)) if compressed_sizes else (),
        skip=left_out,
        limit_s=limit_s,
        queries=queries,
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / RUN).write_text(json.dumps(describe(), indent=2) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory(dir=work) as folder:
        for records in Run(store, Path(folder), plan, Reporter(Console(stderr=True))).records():
            write_records(out / RECORDS, records)  # a long run that is stopped leaves what it has measured
    report(out)


@app.command()
def report(out: Out = RESULTS) -> None:
    """Compute figures from raw records and write report and chart anew."""
    records, run = read_records(out / RECORDS), json.loads((out / RUN).read_text(encoding="utf-8"))
    figures = compute(records)
    (out / FIGURES).write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")
    write_report(out / "report.md", figures, records, run)
    write_chart(out / "scaling.png", figures.rows)


def describe() -> dict[str, Any]:
    """Return what a reader needs to judge and repeat the run."""
    return {
        **environment.description("benchmarks.scaling", ("khabar", "faiss-cpu", "numpy")),
    }


if __name__ == "__main__":
    try:
        app()
    except (ChildError, KhabarError) as error:
        typer.echo(f"benchmarks.scaling: {error}", err=True)
        sys.exit(1)
