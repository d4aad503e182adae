"""`python -m benchmarks.scaling`: `measure` builds and searches every kind of index, `report` computes again."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.options import whole_numbers
from benchmarks.scaling.figures import compute
from benchmarks.scaling.kinds import TUNING
from benchmarks.scaling.records import Records
from benchmarks.scaling.report import write_report
from benchmarks.scaling.run import Plan, Run, parse_skips

_PACKAGES = ("khabar", "faiss-cpu", "numpy")
BENCHMARK = Benchmark(
    "scaling", "Kinds of index by number of paragraphs.", "records.json", Records, compute, write_report, _PACKAGES
)
app = BENCHMARK.command_line()


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store whose vectors the synthetic ones resemble.")],
    out: Out = BENCHMARK.folder,
    sizes: Annotated[str, typer.Option(help="Paragraphs, for all kinds; empty: none.")] = "100000,300000,1000000",
    compressed_sizes: Annotated[
        str, typer.Option(help="Paragraphs, for inverted lists only; empty: none.")
    ] = "3000000,10000000",
    skip: Annotated[list[str] | None, typer.Option(help="Leave out, such as hnsw-sq8@1000000.")] = None,
    limit_s: Annotated[float, typer.Option(min=1, help="Time limit of one build, and of its searches, in s.")] = 7_200,
    queries: Annotated[
        int, typer.Option(min=TUNING + 1, help=f"Queries; the first {TUNING} choose the search parameter.")
    ] = 700,
    work: Annotated[
        Path | None, typer.Option(help="Folder for vectors during the run; by default a temporary one.")
    ] = None,
) -> None:
    """Build and search every kind at every size, and write raw records, figures, report and chart."""
    try:
        skipped = parse_skips(skip or ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--skip") from error
    plan = Plan(
        sizes=whole_numbers(sizes) if sizes else (),
        compressed_sizes=whole_numbers(compressed_sizes) if compressed_sizes else (),
        skip=skipped,
        limit_s=limit_s,
        queries=queries,
    )
    with tempfile.TemporaryDirectory(dir=work) as folder:
        for records in Run(store, Path(folder), plan, reporter()).records():
            BENCHMARK.finish(out, records)  # an interrupted run keeps its measurements


if __name__ == "__main__":
    BENCHMARK.run(app)
