"""`python -m benchmarks.build`: `measure` builds and rebuilds stores, `report` computes again from the records."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.build.articles import sample_articles
from benchmarks.build.figures import compute
from benchmarks.build.rates import measure_rates
from benchmarks.build.records import Records, SizeRecord
from benchmarks.build.report import write_report
from benchmarks.build.runs import copy_embeddings, rebuilds
from benchmarks.corpora.samples import ArticleSample
from benchmarks.harness.benchmark import Benchmark, Out
from benchmarks.harness.build_process import run_build
from benchmarks.harness.child_process import ChildProcess
from benchmarks.harness.environment import without_folders
from benchmarks.harness.options import whole_numbers

FROM_EMPTY_UP_TO = 10_000
"""Sizes up to this one are built from an empty store even if embeddings can be reused, and built again."""

_PACKAGES = ("khabar", "torch", "sentence-transformers", "transformers", "faiss-cpu", "numpy")
BENCHMARK = Benchmark("build", "Time and memory of a build.", "records.json", Records, compute, write_report, _PACKAGES)
app = BENCHMARK.command_line()


@app.command()
def measure(
    sources: Annotated[list[Path], typer.Option(help="Articles; may be given several times.")],
    store: Annotated[Path, typer.Option(help="Folder for the stores that are built; missing or empty.")],
    out: Out = BENCHMARK.folder,
    sizes: Annotated[str, typer.Option(help="Numbers of paragraphs.")] = "1000,10000,100000",
    reuse_embeddings: Annotated[
        Path | None, typer.Option(help=f"A store whose embeddings are reused for sizes above {FROM_EMPTY_UP_TO:,}.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="As for `khabar index build`.")] = None,
    rounds: Annotated[int, typer.Option(min=0, help="Rounds of embedding in both ways; 0: none.")] = 3,
) -> None:
    """Build and rebuild, and write raw records, figures and report."""
    wanted = whole_numbers(sizes)
    if store.exists() and any(store.iterdir()):
        raise typer.BadParameter(f"{store} is not empty", param_hint="--store")
    store.mkdir(parents=True, exist_ok=True)
    samples = ChildProcess().run(sample_articles, sources, wanted, store, model)
    records: list[SizeRecord] = []
    for sample in samples:
        records.append(measure_size(sample, store / str(sample.size), model, reuse_embeddings))
        BENCHMARK.write_records(out, Records(records, None))
    rates = ChildProcess().run(measure_rates, store / str(samples[-1].size), model, rounds) if rounds else None
    model_name = {"model": None if model is None else without_folders(model)}
    articles = {"articles": {sample.size: sample.articles for sample in samples}}
    BENCHMARK.finish(out, Records(records, rates), BENCHMARK.description() | model_name | articles)


def measure_size(sample: ArticleSample, store: Path, model: str | None, reused: Path | None) -> SizeRecord:
    """Build one size into a new store, and build a small one again with changes."""
    small = sample.size <= FROM_EMPTY_UP_TO
    from_empty = small or reused is None
    if reused is not None and not from_empty:
        copy_embeddings(reused, store)
    typer.echo(f"{sample.size:,}: {sample.paragraphs:,} paragraphs of {sample.articles:,} articles", err=True)
    first = run_build(sample.path, store, model)
    return SizeRecord(sample.size, from_empty, first, list(rebuilds(sample, store, model)) if small else [])


if __name__ == "__main__":
    BENCHMARK.run(app)
