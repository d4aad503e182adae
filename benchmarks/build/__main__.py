"""`python -m benchmarks.build`: measure, compute, report; each step can be repeated alone."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import environment
from benchmarks.build.articles import Chosen, choose
from benchmarks.build.figures import compute
from benchmarks.build.rates import measure_rates
from benchmarks.build.records import Records, SizeRecord, read_records, write_records
from benchmarks.build.report import write_report
from benchmarks.build.runs import copy_embeddings, rebuilds, run_build
from benchmarks.child_process import Apart, ChildError
from indexer.snapshot.errors import KhabarError

app = typer.Typer(help="What a build costs.", pretty_exceptions_enable=False, add_completion=False)

RESULTS = Path("benchmarks/results/build")
RECORDS, RUN, FIGURES = "records.json", "run.json", "figures.json"

FROM_EMPTY_UP_TO = 10_000
"""Sizes up to this one are built from empty whatever there is to reuse, and rebuilt."""

Out = Annotated[Path, typer.Option(help="Where records and reports go.")]


@app.command()
def measure(
    sources: Annotated[list[Path], typer.Option(help="Articles; may be given several times.")],
    store: Annotated[Path, typer.Option(help="Folder for the stores that are built; missing or empty.")],
    out: Out = RESULTS,
    sizes: Annotated[str, typer.Option(help="Numbers of paragraphs.")] = "1000,10000,100000",
    reuse_embeddings: Annotated[
        Path | None, typer.Option(help=f"A store whose embeddings sizes above {FROM_EMPTY_UP_TO:,} begin with.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="As for `khabar index build`.")] = None,
    rounds: Annotated[int, typer.Option(min=0, help="Rounds of embedding both ways; 0: none.")] = 3,
) -> None:
    """Build and rebuild, and write raw records, then figures and report."""
    wanted = whole_numbers(sizes)
    if store.exists() and any(store.iterdir()):
        raise typer.BadParameter(f"{store} is not empty", param_hint="--store")
    store.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    chosen = Apart().run(choose, sources, wanted, store, model)
    done: list[SizeRecord] = []
    for size in chosen:
        done.append(measure_size(size, store / str(size.size), model, reuse_embeddings))
        write_records(out / RECORDS, Records(done, None))  # a long run that is stopped leaves what it has measured
    rates = Apart().run(measure_rates, store / str(chosen[-1].size), model, rounds) if rounds else None
    write_records(out / RECORDS, Records(done, rates))
    (out / RUN).write_text(json.dumps(describe(model, chosen), indent=2) + "\n", encoding="utf-8")
    report(out)


@app.command()
def report(out: Out = RESULTS) -> None:
    """Compute figures from raw records and write the report anew."""
    records, run = read_records(out / RECORDS), json.loads((out / RUN).read_text(encoding="utf-8"))
    figures = compute(records)
    (out / FIGURES).write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")
    write_report(out / "report.md", figures, records, run)


def measure_size(chosen: Chosen, store: Path, model: str | None, reused: Path | None) -> SizeRecord:
    """Build one size into a new store, and a small one again with changes."""
    small = chosen.size <= FROM_EMPTY_UP_TO
    from_empty = small or reused is None
    if reused is not None and not from_empty:
        copy_embeddings(reused, store)
    typer.echo(f"{chosen.size:,}: {chosen.paragraphs:,} paragraphs of {chosen.articles:,} articles", err=True)
    first = run_build(chosen.path, store, model)
    return SizeRecord(chosen.size, from_empty, first, list(rebuilds(chosen, store, model)) if small else [])


def whole_numbers(text: str) -> list[int]:
    """Return comma-separated whole numbers above 0."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"{text} is not a list of whole numbers such as 1000,10000") from error
    if min(found) <= 0:
        raise typer.BadParameter(f"{text} holds a number that is not above 0")
    return found


def describe(model: str | None, chosen: Sequence[Chosen]) -> dict[str, Any]:
    """Return what a reader needs to judge and repeat the run."""
    packages = ("khabar", "torch", "sentence-transformers", "transformers", "faiss-cpu", "numpy")
    return {
        **environment.description("benchmarks.build", packages),
        "model": None if model is None else environment.without_folders(model),
        "articles": {found.size: found.articles for found in chosen},
    }


if __name__ == "__main__":
    try:
        app()
    except (ChildError, KhabarError) as error:
        typer.echo(f"benchmarks.build: {error}", err=True)
        sys.exit(1)
